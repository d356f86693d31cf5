// Tenants, plans, keys and the audit log as an administrator works with them: the port behind the admin API. The gateway
// never calls it; it reads keys through KeyStore. Each change is one transaction with its audit row and its change row.
import type { Limits } from '#limits';
import type { KeyScopes } from './caller.ts';

/** Dates are ISO 8601 in UTC with milliseconds throughout. */
export interface Plan {
  readonly name: string;
  readonly limits: Limits;
  readonly scopes: KeyScopes;
  /** Counts up with each change; for `if-match`. */
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Tenant {
  readonly id: string;
  readonly displayName: string;
  readonly plan: string | null;
  /** Members that replace the plan's; absent ones are the plan's. */
  readonly limits: Partial<Limits>;
  readonly scopes: Partial<KeyScopes>;
  readonly timeZone: string;
  readonly isStrict: boolean;
  readonly isPrepaid: boolean;
  readonly suspendedAt: string | null;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** All of a key but its secret, which nobody has. */
export interface ApiKey {
  readonly id: string;
  readonly tenant: string;
  readonly lineage: string;
  readonly name: string;
  readonly environment: 'live' | 'test';
  readonly scopes: Partial<KeyScopes>;
  readonly limits: Partial<Limits>;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly replacedBy: string | null;
  readonly lastUsedAt: string | null;
  /** active, expired or revoked, at the time of asking. */
  readonly state: 'active' | 'expired' | 'revoked';
  readonly version: number;
  readonly createdAt: string;
}

/** A key as it is made: the only time its text is seen. */
export interface NewApiKey {
  /** rw_live_… */
  readonly text: string;
  readonly key: ApiKey;
}

export interface AuditEntry {
  readonly id: number;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly tenant: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; null at the end. */
  readonly nextCursor: string | null;
}

/** What lists give: a page, or the word that the cursor is none of this list's. */
export type Listed<T> = Page<T> | 'invalid-cursor';

export interface PageAsk {
  readonly cursor: string | null;
  /** 1 to 1,000. */
  readonly limit: number;
}

/** Expected refusals; `path` names the field, as in `limits.requestsPerMinute`. */
export type RegistryRefusal =
  | { readonly ok: false; readonly why: 'not_found'; readonly message: string }
  /** `path` where one field is what does not fit what is there. */
  | { readonly ok: false; readonly why: 'conflict'; readonly path?: string; readonly message: string }
  /** It was changed since the version that was asked for. */
  | { readonly ok: false; readonly why: 'version_mismatch'; readonly message: string }
  | { readonly ok: false; readonly why: 'invalid'; readonly path: string; readonly message: string };
export type Result<T> = { readonly ok: true; readonly value: T } | RegistryRefusal;

export interface PlanInput {
  readonly limits?: Partial<Limits>;
  readonly scopes?: Partial<KeyScopes>;
}
export interface TenantInput extends PlanInput {
  readonly displayName?: string;
  readonly plan?: string | null;
  readonly timeZone?: string;
  readonly isStrict?: boolean;
  readonly isPrepaid?: boolean;
  readonly suspended?: boolean;
}
export interface KeyInput extends PlanInput {
  readonly name?: string;
  readonly environment?: 'live' | 'test';
  readonly expiresAt?: string | null;
}
/** The environment is part of the key's text. */
export type AdoptedKeyInput = Omit<KeyInput, 'environment'>;

/** Names of things; those that are not there are no mistake. */
export interface PartAsk {
  readonly plans: readonly string[];
  readonly tenants: readonly string[];
  /** The tenants of these are among `tenants`. */
  readonly keys: readonly { readonly tenant: string; readonly name: string }[];
}

/** What is there of them, all of one moment and in no order. */
export interface RegistryPart {
  /** When it was read. */
  readonly at: Date;
  readonly plans: readonly Plan[];
  readonly tenants: readonly Tenant[];
  /** There may be several of a name. Those that were rotated are left out: the ones that took over stand for them. */
  readonly keys: readonly ApiKey[];
}

/** Each differs from what is there, by what it was decided from (`before`; null: it is made), and has passed the schemas. */
export interface RegistryChanges {
  readonly plans: readonly {
    readonly name: string;
    readonly input: Required<PlanInput>;
    readonly before: Plan | null;
  }[];
  readonly tenants: readonly {
    readonly id: string;
    readonly input: TenantInput;
    readonly before: Tenant | null;
  }[];
  readonly newKeys: readonly { readonly tenant: string; readonly input: KeyInput }[];
  readonly keys: readonly { readonly input: KeyInput; readonly before: ApiKey }[];
}

/**
 * Inputs are checked by the schemas of this lib (plan-schema.ts) here too; the database's own constraints are the last word.
 * In an update an absent member stays as it is, and `limits` and `scopes`, where given, are replaced as a whole. What would
 * change nothing leaves version and audit log alone. Rejects only when the database is away.
 */
export interface Registry {
  /**
   * All that `work` does through the registry it is given, or nothing: nothing when it throws. Only that registry may be used
   * meanwhile. Nested calls join the first.
   */
  transaction<T>(work: (registry: Registry) => Promise<T>): Promise<T>;

  /** Holds up no writer. */
  part(ask: PartAsk): Promise<RegistryPart>;
  /**
   * Many changes or, where something fails or `decide` rejects, none; the keys that were made come in their order. `decide` says
   * from what is there what is to change. It is asked again where somebody changed something of it before the changes were in.
   */
  changeMany<Decided extends { readonly changes: RegistryChanges }>(
    actor: string,
    ask: PartAsk,
    decide: (part: RegistryPart) => Promise<Decided>,
  ): Promise<{ readonly decided: Decided; readonly newKeys: readonly NewApiKey[] }>;

  plans(ask: PageAsk): Promise<Listed<Plan>>;
  plan(name: string): Promise<Plan | null>;
  /** Creates or replaces. */
  setPlan(actor: string, name: string, input: PlanInput, ifVersion: number | null): Promise<Result<Plan>>;
  /** Refused while a tenant is on it. `ifVersion`, here and below: absent or null, any will do. */
  deletePlan(actor: string, name: string, ifVersion?: number | null): Promise<Result<Plan>>;

  tenants(ask: PageAsk & { readonly plan?: string }): Promise<Listed<Tenant>>;
  tenant(id: string): Promise<Tenant | null>;
  createTenant(actor: string, id: string, input: TenantInput): Promise<Result<Tenant>>;
  updateTenant(
    actor: string,
    id: string,
    input: TenantInput,
    ifVersion: number | null,
  ): Promise<Result<Tenant>>;

  keys(
    ask: PageAsk & { readonly tenant?: string; readonly state?: ApiKey['state'] },
  ): Promise<Listed<ApiKey>>;
  key(id: string): Promise<ApiKey | null>;
  createKey(actor: string, tenant: string, input: KeyInput): Promise<Result<NewApiKey>>;
  /**
   * Makes a key known whose text is kept elsewhere already, as in a Secret of Kubernetes: whoever must not lose a key's text
   * writes it down first. A conflict where there is a key of its id.
   */
  adoptKey(actor: string, tenant: string, text: string, input: AdoptedKeyInput): Promise<Result<ApiKey>>;
  /** A key that was rotated may end sooner than its overlap, not later: a conflict. */
  updateKey(actor: string, id: string, input: KeyInput, ifVersion: number | null): Promise<Result<ApiKey>>;
  /**
   * A new id and secret in the same lineage, else as the old key was, its end included; the old one goes on for `overlapMs`
   * (0 to 7 days). A key is rotated once: a conflict where it was rotated, revoked or has expired. `ifVersion` is the old key's.
   */
  rotateKey(
    actor: string,
    id: string,
    overlapMs: number,
    ifVersion?: number | null,
  ): Promise<Result<NewApiKey>>;
  /** Idempotent, but for a version that was not the last. */
  revokeKey(actor: string, id: string, ifVersion?: number | null): Promise<Result<ApiKey>>;

  audit(
    ask: PageAsk & { readonly tenant?: string; readonly target?: string; readonly action?: string },
  ): Promise<Listed<AuditEntry>>;
}
