// Makes plans, tenants and keys as they are declared (tenants.yaml). Does nothing where nothing differs, so that applying twice
// leaves no second trace in the audit log. Nothing is ever deleted or revoked by it.
import { NO_LIMITS } from '#limits';
import {
  type ApiKey,
  type DeclaredTenants,
  type KeyInput,
  NO_SCOPES,
  type Page,
  type Registry,
  type Result,
  type Tenant,
  type TenantInput,
} from '#tenancy';
import { pageOrProblem } from '../answers/page.ts';
import { Problem } from '../http/problem.ts';
import { unwrap } from '../http/unwrap.ts';
import { type FieldChange, fieldChanges } from './field-changes.ts';

export interface Change {
  readonly op: 'create' | 'update' | 'none';
  readonly kind: 'plan' | 'tenant' | 'key';
  /** Name of the plan, id of the tenant; of a key `<tenant>/<name>`, for before it is made it has no id. */
  readonly id: string;
  readonly fields: readonly FieldChange[];
}

export interface MadeKey {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  /** Its text, seen here once; null where an answer is given again. */
  readonly key: string | null;
}

export interface Applied {
  readonly changes: readonly Change[];
  readonly keys: readonly MadeKey[];
}

type DeclaredPlan = DeclaredTenants['plans'][number];
type DeclaredTenant = DeclaredTenants['tenants'][number];
type DeclaredKey = DeclaredTenant['keys'][number];

const LARGEST_PAGE = 1_000;

/** Over a registry inside one transaction. Throws a Problem whose paths begin at the declaration, as in `tenants[2].plan`. */
export class ApplyDeclared {
  readonly #registry: Registry;
  readonly #actor: string;
  readonly #changes: Change[] = [];
  readonly #keys: MadeKey[] = [];

  constructor(registry: Registry, actor: string) {
    this.#registry = registry;
    this.#actor = actor;
  }

  async apply({ plans, tenants }: DeclaredTenants): Promise<Applied> {
    for (const [place, plan] of plans.entries()) await this.#plan(plan, `plans[${place}]`);
    for (const [place, tenant] of tenants.entries()) {
      const path = `tenants[${place}]`;
      await this.#tenant(tenant, path);
      await this.#keysOf(tenant, path);
    }
    return { changes: this.#changes, keys: this.#keys };
  }

  async #plan({ name, ...declared }: DeclaredPlan, path: string): Promise<void> {
    const plan = await this.#registry.plan(name);
    // A plan is declared as a whole: what is left out is not granted.
    const after = { limits: declared.limits ?? NO_LIMITS, scopes: declared.scopes ?? NO_SCOPES };
    const before = plan === null ? undefined : { limits: plan.limits, scopes: plan.scopes };
    const isChanged = this.#note('plan', name, plan !== null, fieldChanges(before, after));
    if (isChanged) at(path, await this.#registry.setPlan(this.#actor, name, after, null));
  }

  async #tenant({ id, keys: _keys, ...input }: DeclaredTenant, path: string): Promise<void> {
    const tenant = await this.#registry.tenant(id);
    const fields = fieldChanges(tenant === null ? undefined : declaredPart(viewOf(tenant), input), input);
    const isChanged = this.#note('tenant', id, tenant !== null, fields);
    if (!isChanged) return;
    if (tenant === null) at(path, await this.#registry.createTenant(this.#actor, id, input));
    else at(path, await this.#registry.updateTenant(this.#actor, id, input, null));
  }

  async #keysOf({ id: tenant, keys }: DeclaredTenant, path: string): Promise<void> {
    if (keys.length === 0) return;
    const there = await this.#everyKey(tenant);
    for (const [place, declared] of keys.entries()) {
      const keyPath = `${path}.keys[${place}]`;
      const current = currentOf(there, declared.name);
      if (current === null) await this.#createKey(tenant, declared, keyPath);
      else await this.#updateKey(current, declared, keyPath);
    }
  }

  async #createKey(tenant: string, declared: DeclaredKey, path: string): Promise<void> {
    this.#note('key', `${tenant}/${declared.name}`, false, fieldChanges(undefined, declared));
    const { text, key } = at(path, await this.#registry.createKey(this.#actor, tenant, declared));
    this.#keys.push({ id: key.id, name: key.name, tenant, key: text });
  }

  async #updateKey(key: ApiKey, { environment, ...declared }: DeclaredKey, path: string): Promise<void> {
    if (environment !== undefined && environment !== key.environment) {
      throw invalid(
        `${path}.environment`,
        `the key is of ${key.environment}, which cannot change: declare another name`,
      );
    }
    const input: KeyInput = { ...declared, ...utcExpiry(declared) };
    // What is revoked has no rights to change.
    const fields = key.state === 'revoked' ? [] : fieldChanges(declaredPart(key, input), input);
    const isChanged = this.#note('key', `${key.tenant}/${key.name}`, true, fields);
    if (isChanged) at(path, await this.#registry.updateKey(this.#actor, key.id, input, null));
  }

  #note(kind: Change['kind'], id: string, isThere: boolean, fields: readonly FieldChange[]): boolean {
    const op = !isThere ? 'create' : fields.length === 0 ? 'none' : 'update';
    // Of what is made, only what was said: a plan has every limit and scope, and null grants without bound. In a tenant or key
    // null was said: it takes away what would be inherited.
    const isWhole = !isThere && kind === 'plan';
    const shown = isWhole ? fields.filter(({ after }) => after !== null && !isEmptyList(after)) : fields;
    this.#changes.push({ op, kind, id, fields: shown });
    return op !== 'none';
  }

  async #everyKey(tenant: string): Promise<readonly ApiKey[]> {
    const keys: ApiKey[] = [];
    for (let cursor: string | null = null; ; ) {
      const ask = { tenant, cursor, limit: LARGEST_PAGE };
      const page: Page<ApiKey> = pageOrProblem(await this.#registry.keys(ask));
      keys.push(...page.items);
      if (page.nextCursor === null) return keys;
      cursor = page.nextCursor;
    }
  }
}

/**
 * The key a name stands for: the one in use, not one it was rotated to or from. A revoked one counts as there: applying again
 * must not bring back what somebody has revoked.
 */
function currentOf(keys: readonly ApiKey[], name: string): ApiKey | null {
  const named = keys.filter((key) => key.name === name && key.replacedBy === null);
  const newest = named.toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  return newest.find(({ state }) => state === 'active') ?? newest[0] ?? null;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** A tenant in the words of a declaration. */
function viewOf({ suspendedAt, ...tenant }: Tenant): TenantInput {
  return { ...tenant, suspended: suspendedAt !== null };
}

/** Of what is there, only what is declared: the rest is left as it is. */
function declaredPart(there: object, declared: object): object {
  return Object.fromEntries(Object.entries(there).filter(([name]) => Object.hasOwn(declared, name)));
}

/** The same moment in the registry's words, or an offset would be a change each time. */
function utcExpiry({ expiresAt }: Pick<KeyInput, 'expiresAt'>): Pick<KeyInput, 'expiresAt'> {
  return typeof expiresAt === 'string' ? { expiresAt: new Date(expiresAt).toISOString() } : {};
}

function at<T>(path: string, result: Result<T>): T {
  if (result.ok || result.why !== 'invalid') return unwrap(result);
  throw invalid(`${path}.${result.path}`, result.message);
}

function invalid(path: string, message: string): Problem {
  return new Problem('invalid_fields', `${path}: ${message}`, { errors: [{ path, message }] });
}
