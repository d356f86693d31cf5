// What is to change so that plans, tenants and keys are as they are declared (tenants.yaml). Nothing where nothing differs, so
// that applying twice leaves no second trace in the audit log. Nothing is ever deleted or revoked by it.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { NO_LIMITS } from '#limits';
import {
  type ApiKey,
  type DeclaredTenants,
  endsInPast,
  type KeyInput,
  NO_SCOPES,
  noSuchPlan,
  type Plan,
  type RegistryChanges,
  type RegistryPart,
  type RegistryRefusal,
  type Tenant,
  type TenantInput,
} from '#tenancy';
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

export interface Compared {
  /** As they are shown: also what stays as it is. */
  readonly shown: readonly Change[];
  readonly changes: RegistryChanges;
}

type DeclaredPlan = DeclaredTenants['plans'][number];
type DeclaredTenant = DeclaredTenants['tenants'][number];
type DeclaredKey = DeclaredTenant['keys'][number];

/** Then the event loop gets its turn: a declaration may name tens of thousands of things. */
const ITEMS_A_TURN = 100;

/** Throws a Problem whose paths begin at the declaration, as in `tenants[2].plan`. */
export function compareDeclared(declared: DeclaredTenants, part: RegistryPart): Promise<Compared> {
  return new Comparison(part).compare(declared);
}

type Lists<T> = { readonly [Name in keyof T]: T[Name] extends readonly (infer Item)[] ? Item[] : never };

class Comparison {
  readonly #at: Date;
  readonly #plans: ReadonlyMap<string, Plan>;
  readonly #tenants: ReadonlyMap<string, Tenant>;
  readonly #keys: ReadonlyMap<string, readonly ApiKey[]>;
  readonly #shown: Change[] = [];
  readonly #changes: Lists<RegistryChanges> = { plans: [], tenants: [], newKeys: [], keys: [] };

  constructor({ at, plans, tenants, keys }: RegistryPart) {
    this.#at = at;
    this.#plans = new Map(plans.map((plan) => [plan.name, plan]));
    this.#tenants = new Map(tenants.map((tenant) => [tenant.id, tenant]));
    this.#keys = Map.groupBy(keys, ({ tenant, name }) => keyTitle(tenant, name));
  }

  async compare({ plans, tenants }: DeclaredTenants): Promise<Compared> {
    const known = new Set([...this.#plans.keys(), ...plans.map(({ name }) => name)]);
    for (const [place, plan] of plans.entries()) {
      if (place % ITEMS_A_TURN === 0) await nextTurn();
      this.#plan(plan);
    }
    for (const [place, tenant] of tenants.entries()) {
      const path = `tenants[${place}]`;
      if (place % ITEMS_A_TURN === 0) await nextTurn();
      this.#tenant(tenant, known, path);
      for (const [keyPlace, key] of tenant.keys.entries()) {
        if (keyPlace % ITEMS_A_TURN === ITEMS_A_TURN - 1) await nextTurn();
        this.#key(tenant.id, key, `${path}.keys[${keyPlace}]`);
      }
    }
    return { shown: this.#shown, changes: this.#changes };
  }

  #plan({ name, ...declared }: DeclaredPlan): void {
    const plan = this.#plans.get(name) ?? null;
    // A plan is declared as a whole: what is left out is not granted.
    const input = { limits: declared.limits ?? NO_LIMITS, scopes: declared.scopes ?? NO_SCOPES };
    const before = plan === null ? undefined : { limits: plan.limits, scopes: plan.scopes };
    const isChanged = this.#note('plan', name, plan !== null, fieldChanges(before, input));
    if (isChanged) this.#changes.plans.push({ name, input, before: plan });
  }

  #tenant({ id, keys: _keys, ...input }: DeclaredTenant, known: ReadonlySet<string>, path: string): void {
    const tenant = this.#tenants.get(id) ?? null;
    const there = tenant === null ? undefined : membersOf(viewOf(tenant), input);
    const isChanged = this.#note('tenant', id, tenant !== null, fieldChanges(there, input));
    if (!isChanged) return;
    if (typeof input.plan === 'string' && !known.has(input.plan)) refuse(path, noSuchPlan(input.plan));
    this.#changes.tenants.push({ id, input, before: tenant });
  }

  #key(tenant: string, declared: DeclaredKey, path: string): void {
    const current = currentOf(this.#keys.get(keyTitle(tenant, declared.name)) ?? []);
    if (current === null) this.#newKey(tenant, declared, path);
    else this.#currentKey(current, declared, path);
  }

  #newKey(tenant: string, declared: DeclaredKey, path: string): void {
    this.#note('key', keyTitle(tenant, declared.name), false, fieldChanges(undefined, declared));
    const { expiresAt } = declared;
    if (typeof expiresAt === 'string' && new Date(expiresAt) <= this.#at) refuse(path, endsInPast());
    this.#changes.newKeys.push({ tenant, input: declared });
  }

  #currentKey(key: ApiKey, { environment, ...declared }: DeclaredKey, path: string): void {
    if (environment !== undefined && environment !== key.environment) {
      throw invalid(
        `${path}.environment`,
        `the key is of ${key.environment}, which cannot change: declare another name`,
      );
    }
    const input: KeyInput = { ...declared, ...utcExpiry(declared) };
    // What is revoked has no rights to change.
    const fields = key.state === 'revoked' ? [] : fieldChanges(membersOf(key, input), input);
    const isChanged = this.#note('key', keyTitle(key.tenant, key.name), true, fields);
    if (isChanged) this.#changes.keys.push({ input, before: key });
  }

  #note(kind: Change['kind'], id: string, isThere: boolean, fields: readonly FieldChange[]): boolean {
    const op = !isThere ? 'create' : fields.length === 0 ? 'none' : 'update';
    // Of what is made, only what was said: a plan has every limit and scope, and null grants without bound. In a tenant or key
    // null was said: it takes away what would be inherited.
    const isWhole = !isThere && kind === 'plan';
    const shown = isWhole ? fields.filter(({ after }) => after !== null && !isEmptyList(after)) : fields;
    this.#shown.push({ op, kind, id, fields: shown });
    return op !== 'none';
  }
}

/** The id of a tenant has no slash. */
function keyTitle(tenant: string, name: string): string {
  return `${tenant}/${name}`;
}

/**
 * Of the keys of a name the one it stands for: the one in use. A revoked one counts as there: applying again must not bring back
 * what somebody has revoked.
 */
function currentOf(named: readonly ApiKey[]): ApiKey | null {
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
function membersOf(there: object, declared: object): object {
  return Object.fromEntries(Object.entries(there).filter(([name]) => Object.hasOwn(declared, name)));
}

/** The same moment in the registry's words, or an offset would be a change each time. */
function utcExpiry({ expiresAt }: Pick<KeyInput, 'expiresAt'>): Pick<KeyInput, 'expiresAt'> {
  return typeof expiresAt === 'string' ? { expiresAt: new Date(expiresAt).toISOString() } : {};
}

function refuse(path: string, refusal: RegistryRefusal): never {
  if (refusal.why === 'invalid') throw invalid(`${path}.${refusal.path}`, refusal.message);
  return unwrap<never>(refusal);
}

function invalid(path: string, message: string): Problem {
  return new Problem('invalid_fields', `${path}: ${message}`, { errors: [{ path, message }] });
}
