// Do the workers serve what their pools declare, and count as we do? Looked at by the fleet itself, so that the answer is the
// one a gateway would come to.
import type { RopewayConfig } from '#config';
import { StaticFleet, type TokenizerProbe, type WorkerView } from '#workers';
import { countText } from '../output/words.ts';
import { askVersion } from './ask-version.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { judgeVersion, TOO_OLD_HINT } from './judge-version.ts';

/** Several questions to each, 2 s each at most; whoever needs longer is of no use to a request either. */
const LOOK_MS = 20_000;

export async function checkWorkers(
  config: RopewayConfig,
  probes: readonly TokenizerProbe[],
): Promise<readonly Finding[]> {
  const unchecked = new Map<string, string>();
  const fleet = new StaticFleet({
    pools: config.pools,
    options: { probeTimeoutMs: config.workers.probeTimeoutMs },
    tokenizerProbes: probes,
    log: (event) => {
      if (event.kind === 'tokenizer-check' && event.result !== 'same')
        unchecked.set(event.worker, event.detail);
    },
  });
  try {
    await fleet.firstLook(AbortSignal.timeout(LOOK_MS));
    const seen = fleet.snapshot().pools.flatMap((pool) => {
      const ca = config.pools.find(({ name }) => name === pool.name)?.ca ?? null;
      return pool.workers.map((worker) => ({ worker, ca, windowTokens: pool.windowTokens }));
    });
    const findings = await Promise.all(
      seen.map(async ({ worker, ca, windowTokens }) => {
        const state = judgeState(worker, {
          windowTokens,
          isCounted: probes.length > 0,
          unchecked: unchecked.get(worker.id),
        });
        const version = judgeVersion(nameOf(worker), await askVersion(worker.id, ca));
        return version === null ? [state] : [state, version];
      }),
    );
    return [...findings.flat(), ...emptyPools(config)];
  } finally {
    await fleet.close();
  }
}

interface Seen {
  readonly windowTokens: number;
  readonly isCounted: boolean;
  /** Why its counts could not be compared. */
  readonly unchecked: string | undefined;
}

function judgeState(worker: WorkerView, { windowTokens, isCounted, unchecked }: Seen): Finding {
  const check = nameOf(worker);
  switch (worker.state) {
    case 'ready':
      if (unchecked !== undefined)
        return warn(
          check,
          `serves its window, but its counts were not compared: ${unchecked}`,
          'make /tokenize reachable for the gateway',
        );
      return ok(
        check,
        `serves its window of ${countText(windowTokens)} tokens${isCounted ? ', and counts as we do' : ''}`,
      );
    case 'quarantined':
      // The reason ends with what to do about it.
      return fail(check, ...reasonAndFix(worker.reason));
    default:
      return fail(
        check,
        `is not ready: ${worker.reason || 'it was not looked at in time'}`,
        `start vLLM there, or correct the pool's workers; ${TOO_OLD_HINT}`,
      );
  }
}

/** The fleet's sentences are "what is wrong; what to do". */
function reasonAndFix(reason: string): readonly [what: string, fix: string] {
  const at = reason.indexOf('; ');
  return at === -1 ? [reason, 'see docs/workers.md'] : [reason.slice(0, at), reason.slice(at + 2)];
}

function emptyPools({ pools, discovery }: RopewayConfig): readonly Finding[] {
  if (discovery !== null) {
    const found = `found in Kubernetes by the gateway (discovery.mode ${discovery.mode}); its /readyz names them`;
    return [ok('workers', found)];
  }
  return pools
    .filter(({ workers }) => workers.length === 0)
    .map(({ name }) => warn(`pool ${name}`, 'declares no worker', 'add one to its workers'));
}

function nameOf({ id, pool }: WorkerView): string {
  return `worker ${id} (${pool})`;
}
