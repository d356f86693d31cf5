// What the fleet's specs share: a real fleet, quick, in front of stand-in workers, and a way to wait for its events.
import type { Lease, LeaseTerms, PoolDeclaration, WorkerView } from './fleet.ts';
import type { FleetEvent } from './fleet-event.ts';
import type { FleetOptions } from './fleet-options.ts';
import { StandInWorker } from './stand-in-worker.ts';
import { StaticFleet, type StaticFleetInput } from './static-fleet.ts';

/** As in production, but quick; the deadline of a question is not shortened, or a busy machine looks like a dead worker. */
const quick: Partial<FleetOptions> = {
  healthIntervalMs: 20,
  confirmAfterMs: 10,
  quarantineIntervalMs: 30,
  verifyIntervalMs: 40,
  scrapeIntervalMs: 20,
  scrapesPerSecond: 1_000,
  tickMs: 10,
  silentMs: 50,
};
export const terms: LeaseTerms = { promptTokens: 100, uncachedTokens: 100, demandTokens: 300, chain: null };
export const never = new AbortController().signal;
const probes = [{ name: 'hello', body: '{"prompt":"hello"}', expectedTokens: 11 }];

const toClose: (() => Promise<void>)[] = [];
/** Call in `afterEach`: closes the fleets, then their workers. */
export async function closeAll(): Promise<void> {
  for (const close of toClose.splice(0).reverse()) await close();
}

export async function aWorker(...how: Parameters<typeof StandInWorker.start>): Promise<StandInWorker> {
  const worker = await StandInWorker.start(...how);
  toClose.push(() => worker.end());
  return worker;
}

export function aPool(
  workers: readonly { readonly url: string }[],
  changed: Partial<PoolDeclaration> = {},
): PoolDeclaration {
  return {
    name: 'default',
    model: 'qwq-32b',
    servedName: 'QwQ-32B',
    rope: { type: 'default', factor: 1 },
    windowTokens: 40_960,
    kvTokensPerWorker: 50_000,
    workers: workers.map(({ url }) => ({ url })),
    apiKey: null,
    ca: null,
    ...changed,
  };
}

/** A fleet, its events, and a way to wait for one that came or is to come. */
export function aFleet(pools: readonly PoolDeclaration[], input: Partial<StaticFleetInput> = {}) {
  const events: FleetEvent[] = [];
  const waiting = new Set<() => void>();
  const fleet = new StaticFleet({
    pools,
    tokenizerProbes: probes,
    ...input,
    options: { ...quick, ...input.options },
    log: (event) => {
      events.push(event);
      for (const look of waiting) look();
    },
  });
  toClose.push(() => fleet.close());
  const happened = (matches: (event: FleetEvent) => boolean, since = 0) =>
    new Promise<FleetEvent>((resolve) => {
      const look = () => {
        const event = events.slice(since).find(matches);
        if (event === undefined) return;
        waiting.delete(look);
        resolve(event);
      };
      waiting.add(look);
      look();
    });
  const became = (state: string, since = 0) =>
    happened((event) => event.kind === 'worker-state' && event.to === state, since);
  const first = (): WorkerView => {
    const worker = fleet.snapshot().pools[0]?.workers[0];
    if (worker === undefined) throw new Error('the fleet has no worker');
    return worker;
  };
  const lease = (): Lease => {
    const taken = fleet.lease(first().id, terms);
    if (taken === null) throw new Error('no lease');
    return taken;
  };
  return { fleet, events, happened, became, first, lease };
}

export function lost(lease: Lease): Promise<unknown> {
  return new Promise((resolve) => {
    if (lease.lost.aborted) resolve(lease.lost.reason);
    lease.lost.addEventListener('abort', () => resolve(lease.lost.reason), { once: true });
  });
}

/** A port nobody listens on. */
export async function withFreePort(): Promise<{ readonly port: number }> {
  const worker = await StandInWorker.start();
  const { port } = worker;
  await worker.end();
  return { port };
}
