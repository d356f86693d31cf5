// The registry in the database: each change in one transaction with its row of the audit log, one writer at a time.
import type { Kysely } from 'kysely';
import { type Database, lockChanges, type Schema } from '#database';
import type {
  AdoptedKeyInput,
  ApiKey,
  AuditEntry,
  KeyInput,
  Listed,
  NewApiKey,
  PageAsk,
  Plan,
  PlanInput,
  Registry,
  Result,
  Tenant,
  TenantInput,
} from './registry.ts';
import { type AuditAsk, readAudit } from './registry-audit.ts';
import { type KeysAsk, readKey, readKeysPage, revokeKey, updateKey } from './registry-keys.ts';
import { adoptKey, createKey, type Pepper, rotateKey } from './registry-new-keys.ts';
import { deletePlan, readPlan, readPlans, setPlan } from './registry-plans.ts';
import { createTenant, readTenant, readTenants, updateTenant } from './registry-tenants.ts';
import type { RegistryWrite } from './registry-write.ts';

export type { Pepper } from './registry-new-keys.ts';

export interface DatabaseRegistryTerms {
  readonly database: Database;
  readonly pepper: Pepper;
  /** The wall clock. */
  readonly now?: () => Date;
}

export class DatabaseRegistry implements Registry {
  readonly #terms: DatabaseRegistryTerms;
  readonly #now: () => Date;
  /** Of the transaction this registry is bound to. */
  readonly #trx: Kysely<Schema> | null;

  constructor(terms: DatabaseRegistryTerms, trx: Kysely<Schema> | null = null) {
    this.#terms = terms;
    this.#now = terms.now ?? (() => new Date());
    this.#trx = trx;
  }

  async transaction<T>(work: (registry: Registry) => Promise<T>): Promise<T> {
    if (this.#trx !== null) return work(this);
    return this.#inTransaction((trx) => work(new DatabaseRegistry(this.#terms, trx)));
  }

  plans(ask: PageAsk): Promise<Listed<Plan>> {
    return readPlans(this.#db, ask);
  }

  plan(name: string): Promise<Plan | null> {
    return readPlan(this.#db, name);
  }

  setPlan(actor: string, name: string, input: PlanInput, ifVersion: number | null): Promise<Result<Plan>> {
    return this.#write(actor, (write) => setPlan(write, name, input, ifVersion));
  }

  deletePlan(actor: string, name: string, ifVersion: number | null = null): Promise<Result<Plan>> {
    return this.#write(actor, (write) => deletePlan(write, name, ifVersion));
  }

  tenants(ask: PageAsk & { readonly plan?: string }): Promise<Listed<Tenant>> {
    return readTenants(this.#db, ask);
  }

  tenant(id: string): Promise<Tenant | null> {
    return readTenant(this.#db, id);
  }

  createTenant(actor: string, id: string, input: TenantInput): Promise<Result<Tenant>> {
    return this.#write(actor, (write) => createTenant(write, id, input));
  }

  updateTenant(
    actor: string,
    id: string,
    input: TenantInput,
    ifVersion: number | null,
  ): Promise<Result<Tenant>> {
    return this.#write(actor, (write) => updateTenant(write, id, input, ifVersion));
  }

  keys(ask: KeysAsk): Promise<Listed<ApiKey>> {
    return readKeysPage(this.#db, ask, this.#now());
  }

  key(id: string): Promise<ApiKey | null> {
    return readKey(this.#db, id, this.#now());
  }

  createKey(actor: string, tenant: string, input: KeyInput): Promise<Result<NewApiKey>> {
    return this.#write(actor, (write) => createKey(write, this.#terms.pepper, tenant, input));
  }

  adoptKey(actor: string, tenant: string, text: string, input: AdoptedKeyInput): Promise<Result<ApiKey>> {
    return this.#write(actor, (write) => adoptKey(write, this.#terms.pepper, tenant, { ...input, text }));
  }

  updateKey(actor: string, id: string, input: KeyInput, ifVersion: number | null): Promise<Result<ApiKey>> {
    return this.#write(actor, (write) => updateKey(write, id, input, ifVersion));
  }

  rotateKey(
    actor: string,
    id: string,
    overlapMs: number,
    ifVersion: number | null = null,
  ): Promise<Result<NewApiKey>> {
    return this.#write(actor, (write) => rotateKey(write, this.#terms.pepper, id, { overlapMs, ifVersion }));
  }

  revokeKey(actor: string, id: string, ifVersion: number | null = null): Promise<Result<ApiKey>> {
    return this.#write(actor, (write) => revokeKey(write, id, ifVersion));
  }

  audit(ask: AuditAsk): Promise<Listed<AuditEntry>> {
    return readAudit(this.#db, ask);
  }

  get #db(): Kysely<Schema> {
    return this.#trx ?? this.#terms.database.sql;
  }

  /** The clock is read once the lock is held: what is written later is never dated earlier. */
  async #write<T>(actor: string, change: (write: RegistryWrite) => Promise<T>): Promise<T> {
    const within = (trx: Kysely<Schema>): Promise<T> => change({ trx, actor, at: this.#now() });
    return this.#trx === null ? this.#inTransaction(within) : within(this.#trx);
  }

  #inTransaction<T>(work: (trx: Kysely<Schema>) => Promise<T>): Promise<T> {
    return this.#terms.database.sql.transaction().execute(async (trx) => {
      await lockChanges(trx);
      return work(trx);
    });
  }
}
