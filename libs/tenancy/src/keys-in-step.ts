// The keys in memory kept in step with the database: what is looked up enters, what changes is read again in its place, and
// whoever holds running answers is told of keys that may not be used any more.
import type { Database } from '#database';
import type { Change } from './change-feed.ts';
import type { FoundKey } from './key-lookups.ts';
import type { KeyMemory } from './key-memory.ts';
import { KnownKey } from './known-key.ts';
import { readKeys, suspendedTenants } from './read-keys.ts';
import type { RevocationNotices } from './revocation-notices.ts';
import type { KeySnapshot } from './snapshot-file.ts';

interface KeysInStepPorts {
  readonly database: Database;
  readonly memory: KeyMemory;
  readonly notices: RevocationNotices;
  /** Monotonic. */
  nowMs(): number;
  /** Keys in memory are others than before. */
  changed(): void;
}

/** Some 3 ms of parsing at a time: a change of a plan with thousands of keys must not hold up the streams. */
const IDS_A_READ = 100;

export class KeysInStep {
  readonly #ports: KeysInStepPorts;
  /** What was read before may lack a change that was told since: it answers its asker, but is not kept. */
  #changedMs = Number.POSITIVE_INFINITY;

  constructor(ports: KeysInStepPorts) {
    this.#ports = ports;
  }

  /** A change was told since: what was read may lack it. */
  isOld({ readAtMs }: { readonly readAtMs: number }): boolean {
    return readAtMs < this.#changedMs;
  }

  /** Takes a key that was looked up into memory. */
  remember({ stored, readAtMs }: Extract<FoundKey, { found: true }>): KnownKey {
    const { memory, notices, changed } = this.#ports;
    const { keyId } = stored.caller;
    notices.watch([stored]);
    if (this.isOld({ readAtMs })) return new KnownKey(stored, readAtMs);
    memory.refresh(keyId, stored, readAtMs);
    // Others may have waited for the same query.
    const known = memory.get(keyId) ?? new KnownKey(stored, readAtMs);
    memory.put(known);
    changed();
    return known;
  }

  /** Takes over what an earlier process knew; its age is that of its last confirmation. */
  takeOver({ keys }: KeySnapshot, readAtMs: number): void {
    const { memory, notices } = this.#ports;
    for (const stored of keys) {
      memory.put(new KnownKey(stored, readAtMs));
    }
    notices.watch(keys);
  }

  /** Rejects when the database does not answer. */
  async apply(changes: readonly Change[]): Promise<void> {
    const { database, memory, notices } = this.#ports;
    this.#changedMs = this.#ports.nowMs();
    const [keys, tenants, plans] = [idsOf(changes, 'key'), idsOf(changes, 'tenant'), idsOf(changes, 'plan')];
    for (const id of keys) memory.mayBeKnown(id);
    const touched = this.#idsOf(tenants, plans);
    // Also those not in memory: an answer may still run for a key that was pushed out.
    const suspended = await this.#readAgain([...keys.union(touched)]);
    for (const tenant of await suspendedTenants(database, [...tenants])) suspended.add(tenant);
    notices.tellSuspended(suspended);
  }

  /** Rejects when the database does not answer; then some are read again and some are not. */
  async readAll(): Promise<void> {
    const { memory, notices, nowMs } = this.#ports;
    this.#changedMs = nowMs();
    notices.tellSuspended(await this.#readAgain(memory.ids()));
  }

  #idsOf(tenants: ReadonlySet<string>, plans: ReadonlySet<string>): Set<string> {
    if (tenants.size + plans.size === 0) return new Set();
    const isTouched = (tenant: string, plan: string | null) =>
      tenants.has(tenant) || (plan !== null && plans.has(plan));
    const touched = this.#ports.memory.stored().filter(({ caller, plan }) => isTouched(caller.tenant, plan));
    return new Set(touched.map(({ caller }) => caller.keyId));
  }

  /** Gives back which of their tenants are suspended. */
  async #readAgain(ids: readonly string[]): Promise<Set<string>> {
    const { database, memory, notices, nowMs, changed } = this.#ports;
    const suspended = new Set<string>();
    for (let from = 0; from < ids.length; from += IDS_A_READ) {
      const some = ids.slice(from, from + IDS_A_READ);
      const readAtMs = nowMs();
      const rows = await readKeys(database, some);
      for (const id of some) memory.refresh(id, rows.get(id), readAtMs);
      for (const { isSuspended, caller } of rows.values()) if (isSuspended) suspended.add(caller.tenant);
      notices.tellOf([...rows.values()]);
      notices.tellGone(some.filter((id) => !rows.has(id)));
      changed();
    }
    return suspended;
  }
}

function idsOf(changes: readonly Change[], kind: Change['kind']): Set<string> {
  return new Set(changes.filter((change) => change.kind === kind).map(({ id }) => id));
}
