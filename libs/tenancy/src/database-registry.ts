// The registry in the database: each change in one transaction with its row of the audit log, one writer at a time.
import type { Kysely } from 'kysely';
import { type Database, lockChanges, type Schema, tellLater } from '#database';
import type {
  AdoptedKeyInput,
  ApiKey,
  AuditEntry,
  KeyInput,
  Listed,
  NewApiKey,
  PageAsk,
  PartAsk,
  Plan,
  PlanInput,
  Registry,
  RegistryChanges,
  RegistryPart,
  Result,
  Tenant,
  TenantInput,
} from './registry.ts';
import { type AuditAsk, readAudit } from './registry-audit.ts';
import { type KeysAsk, readKey, readKeysPage, revokeKey, updateKey } from './registry-keys.ts';
import { areNone, auditMade, changeOld, type MadeMany, makeMany, tellMade } from './registry-many.ts';
import { adoptKey, createKey, type Pepper, rotateKey } from './registry-new-keys.ts';
import { isChangedSince, type ReadPart, readPart, readSnapshot } from './registry-part.ts';
import { deletePlan, readPlan, readPlans, setPlan } from './registry-plans.ts';
import { createTenant, readTenant, readTenants, updateTenant } from './registry-tenants.ts';
import type { RegistryWrite } from './registry-write.ts';
import { noteUndone } from './undone-errors.ts';

export type { Pepper } from './registry-new-keys.ts';

interface DatabaseRegistryTerms {
  readonly database: Database;
  readonly pepper: Pepper;
  /** The wall clock. */
  readonly now?: () => Date;
}

interface ChangedMany<Decided> {
  readonly decided: Decided;
  readonly newKeys: readonly NewApiKey[];
}

/** Then somebody changes the very same things all the time, and must wait. */
const UNLOCKED_TRIES = 3;

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

  async part(ask: PartAsk): Promise<RegistryPart> {
    if (this.#trx !== null) return readPart(this.#trx, ask, this.#now());
    const { part } = await this.#snapshot(ask);
    return part;
  }

  /**
   * Read, compared and decided without the lock, so that a revocation waits for the statements that write what is there already,
   * and no longer. With the lock, the epochs say whether what was decided from still stands.
   */
  async changeMany<Decided extends { readonly changes: RegistryChanges }>(
    actor: string,
    ask: PartAsk,
    decide: (part: RegistryPart) => Promise<Decided>,
  ): Promise<ChangedMany<Decided>> {
    const inOne = async (trx: Kysely<Schema>): Promise<ChangedMany<Decided>> => {
      const decided = await decide(await readPart(trx, ask, this.#now()));
      const write = { trx, actor, at: this.#now() };
      const made = await makeMany(write, this.#terms.pepper, decided.changes);
      await this.#finish(write, made, decided.changes);
      return { decided, newKeys: made.newKeys };
    };
    if (this.#trx !== null) return inOne(this.#trx);
    for (let tryNumber = 1; tryNumber <= UNLOCKED_TRIES; tryNumber += 1) {
      const { part, epoch } = await this.#snapshot(ask);
      const decided = await decide(part);
      if (areNone(decided.changes)) return { decided, newKeys: [] };
      const stands = async (trx: Kysely<Schema>): Promise<boolean> =>
        !(await isChangedSince(trx, epoch, ask));
      const newKeys = await this.#storeDecided(actor, decided.changes, stands);
      if (newKeys !== null) return { decided, newKeys };
    }
    return this.#inTransaction(inOne);
  }

  /**
   * What is new is written before the lock is taken: thousands of rows that nobody can have read. null: what was decided from
   * does not stand any more, and nothing is written. Somebody who makes the same names waits for this with the lock held; then
   * the database ends one of the two.
   */
  async #storeDecided(
    actor: string,
    changes: RegistryChanges,
    stands: (trx: Kysely<Schema>) => Promise<boolean>,
  ): Promise<readonly NewApiKey[] | null> {
    let isLocked = false;
    try {
      return await this.#begun(async (trx) => {
        await tellLater(trx);
        const made = await makeMany({ trx, actor, at: this.#now() }, this.#terms.pepper, changes);
        await lockChanges(trx);
        isLocked = true;
        if (!(await stands(trx))) throw OUTDATED;
        const write = { trx, actor, at: this.#now() };
        await tellMade(write, made);
        await this.#finish(write, made, changes);
        return made.newKeys;
      });
    } catch (error) {
      if (error === OUTDATED || (!isLocked && isOthers(error))) return null;
      throw error;
    }
  }

  async #finish(write: RegistryWrite, made: MadeMany, changes: RegistryChanges): Promise<void> {
    await auditMade(write, made, this.#terms.database.kind);
    await changeOld(write, changes);
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

  async #snapshot(ask: PartAsk): Promise<ReadPart> {
    try {
      return await readSnapshot(this.#terms.database.sql, ask, this.#now);
    } catch (error) {
      noteUndone(error);
      throw error;
    }
  }

  /**
   * The lock is for two things: epochs are given out in the order of commits, which the change feed of the gateways stands on,
   * and what a change read stays so until it is written. Revocations wait for it, so nothing long is done with it held.
   */
  #inTransaction<T>(work: (trx: Kysely<Schema>) => Promise<T>): Promise<T> {
    return this.#begun(async (trx) => {
      await lockChanges(trx);
      return work(trx);
    });
  }

  async #begun<T>(work: (trx: Kysely<Schema>) => Promise<T>): Promise<T> {
    let isCommitting = false;
    try {
      return await this.#terms.database.sql.transaction().execute(async (trx) => {
        const done = await work(trx);
        isCommitting = true;
        return done;
      });
    } catch (error) {
      if (!isCommitting) noteUndone(error);
      throw error;
    }
  }
}

/** Rolls back what was made of what does not stand any more. */
const OUTDATED = new Error('what this was decided from has changed');

/**
 * May be of what somebody else did meanwhile: a name taken, a plan removed (class 23), or both in each other's way. If it is not,
 * the last try, with the lock from its beginning, says so.
 */
function isOthers(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return code.startsWith('23') || code === DEADLOCK;
}

const DEADLOCK = '40P01';
