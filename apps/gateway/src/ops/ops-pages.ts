// What this gateway tells of itself beside its metrics: whether it is ready and which workers are not, and the demand for scalers.
import type { Lifecycle, OpsPages, Readiness, Telemetry } from '#telemetry';
import type { DiscoveryReading, Fleet } from '#workers';
import type { LiveAnswers } from '../completions/live-answers.ts';
import { demandReport } from '../parking/demand-report.ts';
import type { ParkingLot } from '../parking/parking-lot.ts';
import { findRequests, listRequests } from '../requests/find-requests.ts';
import { discoveryDetail } from './discovery-detail.ts';

interface OpsPorts {
  readonly telemetry: Telemetry;
  readonly fleet: Fleet;
  readonly parking: ParkingLot;
  readonly lifecycle: Lifecycle;
  readonly liveAnswers: LiveAnswers;
  /** null: the pools name their workers. */
  readonly discovery: () => DiscoveryReading | null;
  /** True once the workers are found and every one has been looked at. */
  readonly hasLooked: () => boolean;
  /** One line, with the command that mends it, while the database is there and of another release; null: there is no such problem. */
  readonly databaseProblem: () => string | null;
  /** False: it knows no key yet, and has to ask a database that has not answered since the start. */
  readonly hasKeys: () => boolean;
  /** One line, while the disk of the outbox has too little room for new requests; null: it has enough. */
  readonly outboxProblem: () => string | null;
  /** Tells this gateway from the others; see gateway-id.ts. */
  readonly gatewayId: string;
}

const KEYS_UNREAD =
  'the database has not answered since the start and no key is known, so everybody would be refused; ready once it answers';

export function opsPages(ports: OpsPorts): OpsPages {
  return {
    exposition: (accept) => ports.telemetry.exposition(accept),
    readiness: () => readinessOf(ports),
    more: {
      '/demand': () => demandReport(ports.gatewayId, ports.parking),
      '/requests': (query) => listRequests(query, ports),
    },
    byId: { '/requests/': (id) => findRequests(id, ports) },
  };
}

/**
 * A fleet that is away does not make the gateway unready: it can still say why, with a fault of its own. Nor does a database that
 * is away, which comes back by itself; one of another release waits for an operator, and a rollout must stop at it. So must it at a
 * gateway that knows no key, for the one it would replace knows many. A full disk is of one gateway: others have their own.
 */
function statusOf(ports: OpsPorts): Readiness {
  if (ports.lifecycle.isLeaving) return { status: 'draining' };
  const databaseProblem = ports.databaseProblem();
  if (databaseProblem !== null) return { status: 'database_unusable', reason: databaseProblem };
  const outboxProblem = ports.outboxProblem();
  if (outboxProblem !== null) return { status: 'outbox_disk_full', reason: outboxProblem };
  if (!ports.hasLooked()) return { status: 'starting' };
  return ports.hasKeys() ? { status: 'ready' } : { status: 'keys_unread', reason: KEYS_UNREAD };
}

function readinessOf(ports: OpsPorts) {
  const { pools } = ports.fleet.snapshot();
  const workers = pools.flatMap((pool) => pool.workers);
  const discovery = ports.discovery();
  return {
    ...statusOf(ports),
    workers: {
      total: workers.length,
      ready: workers.filter((worker) => worker.state === 'ready').length,
      not_ready: workers
        .filter((worker) => worker.state !== 'ready')
        .map(({ id, name, pool, state, reason }) => ({
          worker: id,
          ...(name == null ? {} : { pod: name }),
          pool,
          state,
          reason,
        })),
    },
    ...(discovery === null ? {} : { discovery: discoveryDetail(discovery, pools) }),
  };
}
