// What every gateway said last, and what that adds up to. The one rule: an answer is of all Ready gateways, or it is none.
// An idle-looking sum that lacks a gateway takes running workers away (KEDA: from 3 to 0 within 1.3 s of it).
import type { GatewayState } from '#telemetry';
import type { KnownGateway } from '../gateways/gateway-list.ts';
import type { DemandPage, PoolDemand } from './demand-page.ts';

/** Whether every Ready gateway is in the sums, or has been silent for so long that it is given up. */
type Coverage = { readonly isWhole: true } | { readonly isWhole: false; readonly why: string };

interface PoolStanding {
  /** Prompt tokens without a first token, at least 1 while somebody waits for the pool. */
  readonly demandTokens: number;
  /** That wait or run. */
  readonly requests: number;
  readonly isActive: boolean;
  /** Workers as the gateway that sees most of them sees them. */
  readonly readyWorkers: number;
}

interface Entry {
  readonly gateway: KnownGateway;
  readonly listedMs: number;
  readonly page: DemandPage | null;
  readonly heardMs: number;
  readonly isAnswering: boolean;
}

/** Times are monotonic milliseconds, given by the caller. */
export class DemandBoard {
  readonly #silentMs: number;
  /** null: nobody has said yet which gateways there are. */
  #entries: Map<string, Entry> | null = null;

  constructor(silentMs: number) {
    this.#silentMs = silentMs;
  }

  /** All gateways there are. One that stays keeps what it said; what one that is gone said is forgotten. */
  list(gateways: readonly KnownGateway[], nowMs: number): void {
    const before = this.#entries;
    const listed = gateways.map((gateway) => {
      const known = before?.get(gateway.id);
      return [gateway.id, known === undefined ? newEntry(gateway, nowMs) : relisted(known, gateway, nowMs)];
    }) satisfies [string, Entry][];
    this.#entries = new Map(listed);
  }

  heard(id: string, page: DemandPage, nowMs: number): void {
    const entry = this.#entries?.get(id);
    if (entry !== undefined) this.#entries?.set(id, { ...entry, page, heardMs: nowMs, isAnswering: true });
  }

  /** Asked, and no answer that could be read. */
  missed(id: string): void {
    const entry = this.#entries?.get(id);
    if (entry !== undefined) this.#entries?.set(id, { ...entry, isAnswering: false });
  }

  coverage(nowMs: number): Coverage {
    if (this.#entries === null) return lacking('it is not known yet which gateways there are');
    const ready = [...this.#entries.values()].filter(({ gateway }) => gateway.isReady);
    if (ready.length === 0) return lacking('no gateway is Ready');
    const awaited = ready.filter((entry) => this.#isAwaited(entry, nowMs)).length;
    if (awaited > 0) return lacking(`${awaited} of ${ready.length} Ready gateways have not answered yet`);
    if (ready.some((entry) => this.#isCounted(entry, nowMs))) return { isWhole: true };
    return lacking(`none of ${ready.length} Ready gateways has answered for ${this.#silentMs} ms`);
  }

  /** Of the gateways that are counted: a lower bound until the coverage is whole. */
  pool(name: string, nowMs: number): PoolStanding {
    const demands = this.#demands(name, nowMs);
    const tokens = sum(demands, ({ parkedTokens, prefillTokens }) => parkedTokens + prefillTokens);
    const requests = sum(demands, ({ parked, running }) => parked + running);
    const isWanted = demands.some(({ parked, hasActivation }) => parked > 0 || hasActivation);
    const demandTokens = Math.max(tokens, Number(isWanted));
    return {
      demandTokens,
      requests,
      isActive: demandTokens > 0 || requests > 0,
      readyWorkers: readyWorkers(demands),
    };
  }

  /**
   * Full KV caches, so to say: the shares in use of all workers, added up. Each gateway scrapes each worker; one that no
   * gateway could scrape is as full as the others, for all we know: taken for empty it would make a busy pool look idle.
   */
  kvUsage(name: string, nowMs: number): number {
    const byWorker = new Map<string, number>();
    const demands = this.#demands(name, nowMs);
    for (const { kvUsage } of demands) {
      for (const [worker, share] of kvUsage) byWorker.set(worker, Math.max(share, byWorker.get(worker) ?? 0));
    }
    if (byWorker.size === 0) return 0;
    const known = sum([...byWorker.values()], (share) => share);
    return (known / byWorker.size) * Math.max(byWorker.size, readyWorkers(demands));
  }

  /** One that is not Ready is shown only while it is counted: nobody waits for it. */
  states(nowMs: number): readonly GatewayState[] {
    return [...(this.#entries?.values() ?? [])].flatMap((entry) => {
      if (this.#isCounted(entry, nowMs)) return entry.isAnswering ? 'answering' : 'silent';
      if (!entry.gateway.isReady) return [];
      return this.#isAwaited(entry, nowMs) ? 'awaited' : 'skipped';
    });
  }

  #demands(pool: string, nowMs: number): readonly PoolDemand[] {
    return [...(this.#entries?.values() ?? [])].flatMap((entry) => {
      if (!this.#isCounted(entry, nowMs)) return [];
      return entry.page?.pools.get(pool) ?? [];
    });
  }

  #isCounted({ page, heardMs }: Entry, nowMs: number): boolean {
    return page !== null && nowMs - heardMs <= this.#silentMs;
  }

  /** Ready, and never heard: it may hold all the demand there is. */
  #isAwaited({ gateway, page, listedMs }: Entry, nowMs: number): boolean {
    return gateway.isReady && page === null && nowMs - listedMs <= this.#silentMs;
  }
}

function newEntry(gateway: KnownGateway, nowMs: number): Entry {
  return { gateway, listedMs: nowMs, page: null, heardMs: nowMs, isAnswering: false };
}

/** The wait for a gateway's first answer begins when it is Ready. */
function relisted(entry: Entry, gateway: KnownGateway, nowMs: number): Entry {
  const isNewlyReady = gateway.isReady && !entry.gateway.isReady;
  return { ...entry, gateway, listedMs: isNewlyReady ? nowMs : entry.listedMs };
}

function readyWorkers(demands: readonly PoolDemand[]): number {
  return Math.max(0, ...demands.map(({ ready }) => ready));
}

function lacking(why: string): Coverage {
  return { isWhole: false, why };
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
