// The keys of the database, as a gateway needs them: in memory once used, current within a second of any change, and still there
// when the database is not.
import type { Database } from '#database';
import { bearerToken } from './bearer-token.ts';
import { ChangeFeed } from './change-feed.ts';
import {
  type DatabaseKeysOptions,
  type DatabaseKeysPorts,
  KEYS_DEFAULTS,
  type KeysStats,
} from './database-keys-options.ts';
import { FRESH_MS, Freshness } from './freshness.ts';
import type { Identified, KeyStore, RefusedKey, Revocations, RevokedKeys } from './identify.ts';
import { keyDigest } from './key-digest.ts';
import { type FoundKey, KeyLookups } from './key-lookups.ts';
import { KeyMemory } from './key-memory.ts';
import type { Peppers } from './key-ring.ts';
import { idOf, type KeyToken, parseKeyToken, TOKEN_LENGTH } from './key-token.ts';
import { KeyUpkeep, type NewDigest, USE_NOTED_MS } from './key-upkeep.ts';
import type { TellKeysEvent } from './keys-event.ts';
import { KeysInStep } from './keys-in-step.ts';
import type { KnownKey } from './known-key.ts';
import { readKeys } from './read-keys.ts';
import { INVALID } from './refused-keys.ts';
import { RevocationNotices } from './revocation-notices.ts';
import { SecretProof } from './secret-proof.ts';
import { type KeySnapshot, readSnapshot } from './snapshot-file.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';
import type { StoredKey } from './stored-key.ts';

const HOUR_MS = 3_600_000;
/** Changes come one by one, look-ups take a millisecond: a third answer that is old again answers its asker and is not kept. */
const READ_AGAIN_MOST = 2;
/** The feed asks the database again each second. */
const UNAVAILABLE: RefusedKey = { known: false, code: 'keys_unavailable', retryAfterMs: 1_000 };

export class DatabaseKeys implements KeyStore, Revocations {
  readonly #tell: TellKeysEvent;
  readonly #nowMs: () => number;
  readonly #offlineMs: number;
  readonly #snapshotFile: string | null;
  readonly #proof: SecretProof;
  readonly #memory: KeyMemory;
  readonly #freshness: Freshness;
  readonly #notices: RevocationNotices;
  readonly #inStep: KeysInStep;
  readonly #lookups: KeyLookups;
  readonly #feed: ChangeFeed;
  readonly #upkeep: KeyUpkeep;
  readonly #keeper: SnapshotKeeper | null;
  readonly #missingPeppers = new Set<number>();
  #servedOffline = 0;
  #rehashed = 0;

  /** Throws a RangeError without a pepper. */
  constructor(ports: DatabaseKeysPorts, { peppers, ...options }: DatabaseKeysOptions) {
    const { database, tell = () => {}, nowMs = () => performance.now(), wallMs = Date.now } = ports;
    const { cachedKeys, lookupTimeoutMs, offlineHours, snapshotFile, rehashAfterMs, pollMs } = {
      ...KEYS_DEFAULTS,
      ...options,
    };
    this.#tell = tell;
    this.#nowMs = nowMs;
    this.#offlineMs = offlineHours * HOUR_MS;
    this.#snapshotFile = snapshotFile;
    this.#proof = new SecretProof(peppers, { nowMs, moveAfterMs: rehashAfterMs });
    const memory = new KeyMemory(cachedKeys);
    this.#memory = memory;
    this.#freshness = new Freshness({ nowMs, wallMs, tell });
    this.#notices = new RevocationNotices(wallMs);
    const changed = () => this.#keeper?.changed();
    this.#inStep = new KeysInStep({ database, memory, notices: this.#notices, nowMs, changed });
    this.#lookups = new KeyLookups((ids) => readKeys(database, ids), { timeoutMs: lookupTimeoutMs, nowMs });
    this.#feed = this.#newFeed(database, pollMs);
    this.#upkeep = this.#newUpkeep(database);
    this.#keeper = snapshotFile === null ? null : this.#newKeeper(snapshotFile);
  }

  /** Takes what the last process knew, then what the database says, if it answers within seconds. Once, before `identify`. */
  async start(): Promise<void> {
    if (this.#snapshotFile !== null) await this.#readSnapshot(this.#snapshotFile);
    await this.#feed.start();
  }

  identify(
    authorization: string | undefined,
    address: string,
    nowMs: number,
  ): Identified | Promise<Identified> {
    const text = bearerToken(authorization);
    if (text === null || text.length !== TOKEN_LENGTH) return INVALID;
    const known = this.#memory.get(idOf(text));
    if (known?.wasProvenBy(text)) return this.#answer(known, text, address, nowMs);
    const token = parseKeyToken(text);
    if (token === null) return INVALID;
    if (known !== undefined && this.#proof.canProve(known.stored)) {
      return this.#prove(known, token, text) ?? this.#answer(known, text, address, nowMs);
    }
    if (this.#memory.isUnknown(token.id)) return this.#nobody(token);
    return this.#lookUp(token, text, address, nowMs);
  }

  onRevoked(listener: (revoked: RevokedKeys) => void): void {
    this.#notices.onRevoked(listener);
  }

  /** On a reload of the configuration. Throws a RangeError without a pepper, and then keeps the old ones. */
  usePeppers(peppers: Peppers): void {
    this.#proof.usePeppers(peppers);
    this.#missingPeppers.clear();
    // To be proven once more, so that their digests move.
    this.#memory.forgetProofs();
  }

  stats(): KeysStats {
    return {
      entries: this.#memory.size,
      ageMs: this.#freshness.ageMs,
      isDatabaseAway: this.#freshness.isAway,
      lookups: this.#lookups.queries,
      servedOffline: this.#servedOffline,
      rehashed: this.#rehashed,
    };
  }

  /** Writes what is to be kept, in seconds, whatever the database does; does not close it. */
  async close(): Promise<void> {
    this.#notices.close();
    await this.#feed.close();
    await this.#keeper?.close();
    await this.#upkeep.close();
  }

  async #lookUp(token: KeyToken, text: string, address: string, nowMs: number): Promise<Identified> {
    if (this.#freshness.isAway) return UNAVAILABLE;
    const askedMs = this.#nowMs();
    const found = await this.#findCurrent(token.id);
    if (found.found) {
      const known = this.#inStep.remember(found);
      // A key may have expired while it was looked up, and nobody would tell of it any more.
      const foundMs = Math.round(nowMs + this.#nowMs() - askedMs);
      return this.#prove(known, token, text) ?? this.#answer(known, text, address, foundMs);
    }
    if (found.why === 'away') return UNAVAILABLE;
    this.#memory.noteUnknown(token.id);
    return this.#nobody(token);
  }

  /** What was read before a change was told may be what was changed: a revoked key must not get in by it. */
  async #findCurrent(id: string): Promise<FoundKey> {
    let found = await this.#lookups.find(id);
    for (let again = 0; again < READ_AGAIN_MOST && found.found && this.#inStep.isOld(found); again++)
      found = await this.#lookups.find(id);
    return found;
  }

  /** null when the secret is proven. */
  #prove(known: KnownKey, { secret }: KeyToken, text: string): RefusedKey | null {
    const { stored } = known;
    if (!this.#proof.canProve(stored)) {
      this.#tellMissing(stored);
      return UNAVAILABLE;
    }
    if (!this.#proof.proves(stored, secret)) return INVALID;
    // What has to move later is proven anew each time until then, for 2 us.
    if (!this.#proof.isOld(stored)) known.provenBy(text);
    else if (this.#proof.mayMove) this.#move(known, secret, text);
    return null;
  }

  #move(known: KnownKey, secret: string, text: string): void {
    const { version, pepper } = this.#proof.newest;
    const { caller, digest } = known.stored;
    known.provenBy(text);
    this.#upkeep.rehash({
      id: caller.keyId,
      replaces: digest,
      digest: keyDigest(pepper, secret),
      pepperVersion: version,
    });
  }

  /** Once a version: every request with such a key comes here. */
  #tellMissing({ pepperVersion, caller }: StoredKey): void {
    if (this.#missingPeppers.has(pepperVersion)) return;
    this.#missingPeppers.add(pepperVersion);
    this.#tell({ kind: 'pepper-missing', keyId: caller.keyId, pepperVersion });
  }

  #nobody({ secret }: KeyToken): RefusedKey {
    this.#proof.provesNobody(secret);
    return INVALID;
  }

  /** To whoever has proven the secret. */
  #answer(known: KnownKey, text: string, address: string, nowMs: number): Identified {
    const environment = text.startsWith('rw_live_') ? 'live' : 'test';
    const identified = known.answer(environment, address, nowMs);
    if (!identified.known) return identified;
    const { keyId, isStrict } = identified.caller;
    const ageMs = this.#freshness.ageOf(known.readAtMs);
    if (ageMs > FRESH_MS) {
      if (isStrict || ageMs > this.#offlineMs) return UNAVAILABLE;
      this.#servedOffline++;
    }
    // Either way round: a wall clock that is set back must not hide a key's use for as long.
    if (Math.abs(nowMs - known.usedMs) >= USE_NOTED_MS) {
      known.usedMs = nowMs;
      this.#upkeep.used(keyId, nowMs);
    }
    return identified;
  }

  async #readSnapshot(file: string): Promise<void> {
    try {
      const read = await readSnapshot(file, this.#proof.peppers);
      if (read.ok) this.#takeOver(read);
      else if (read.reason !== 'absent') this.#tell({ kind: 'snapshot-refused', reason: read.reason });
    } catch (error) {
      this.#tell({ kind: 'snapshot-failed', error });
    }
  }

  #takeOver(snapshot: KeySnapshot): void {
    const ageMs = this.#freshness.restore(snapshot.confirmedAtMs);
    this.#inStep.takeOver(snapshot, this.#nowMs() - ageMs);
    this.#tell({ kind: 'snapshot-read', keys: snapshot.keys.length, ageMs });
  }

  #newFeed(database: Database, pollMs: number): ChangeFeed {
    return new ChangeFeed({
      database,
      pollMs,
      nowMs: this.#nowMs,
      apply: (changes) => this.#inStep.apply(changes),
      readAll: () => this.#inStep.readAll(),
      confirmed: (atMs) => this.#freshness.confirm(atMs),
      failed: (error) => this.#freshness.failed(error),
      pushLost: (error) => this.#tell({ kind: 'push-lost', error }),
    });
  }

  #newUpkeep(database: Database): KeyUpkeep {
    const rehashed = ({ id, digest, pepperVersion }: NewDigest) => {
      this.#rehashed++;
      this.#memory.get(id)?.rehashed(digest, pepperVersion);
    };
    return new KeyUpkeep({
      database,
      rehashed,
      failed: (error) => this.#tell({ kind: 'upkeep-failed', error }),
    });
  }

  #newKeeper(file: string): SnapshotKeeper {
    const snapshot = () => {
      const confirmedAtMs = this.#freshness.confirmedWallMs;
      return confirmedAtMs === null ? null : { confirmedAtMs, keys: this.#memory.stored() };
    };
    return new SnapshotKeeper({
      file,
      snapshot,
      seal: () => this.#proof.newest,
      failed: (error) => this.#tell({ kind: 'snapshot-failed', error }),
    });
  }
}
