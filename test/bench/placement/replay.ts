// Replays requests on modelled workers in virtual time. A policy is asked where each goes; what it may know is in the
// book.
import { ENGINE, EngineModel, type EngineOptions } from './engine-model.ts';
import { GatewayBook } from './gateway-book.ts';
import type { ReplayRequest } from './replay-request.ts';

export interface Placed {
  readonly worker: number;
  /** The policy's estimate of the prompt tokens this worker must compute. */
  readonly uncachedTokens: number;
}

export interface PlacementPolicy {
  /** `null`: no worker has room; asked again whenever one may have. Whoever is placed has been sent. */
  place(request: ReplayRequest): Placed | null;
  /** Where the request waits, if it must: one line a pool. Absent = one line for all. */
  lineOf?(request: ReplayRequest): string;
}

export interface ReplayOptions {
  readonly workers: number;
  readonly engine?: EngineOptions;
  /** Who arrives may take room before those who wait, and of those whoever fits first; default: strictly in order. */
  readonly overtaking?: boolean;
}

interface Replayed<Policy extends PlacementPolicy> {
  readonly policy: Policy;
  readonly requests: readonly ReplayRequest[];
  /** Requests that had to wait in the gateway. */
  readonly parked: number;
  readonly engines: readonly EngineModel[];
}

/** `requests` in order of arrival; their outcome fields are filled in. */
export function replay<Policy extends PlacementPolicy>(
  requests: readonly ReplayRequest[],
  policyOf: (book: GatewayBook) => Policy,
  { workers, engine = ENGINE, overtaking = false }: ReplayOptions,
): Replayed<Policy> {
  const book = new GatewayBook(workers);
  const policy = policyOf(book);
  const lines = new Map<string, ReplayRequest[]>();
  let parked = 0;
  let roomMayHaveCome = false;
  const engines = book.workers.map(
    (_, worker) =>
      new EngineModel(engine, {
        firstToken(request) {
          book.firstToken(worker, request);
          roomMayHaveCome = true;
        },
        finished(request) {
          book.finished(worker, request);
          roomMayHaveCome = true;
        },
        decoded: (sequences) => book.decoded(worker, sequences),
      }),
  );

  const send = (request: ReplayRequest, nowS: number): boolean => {
    const placed = policy.place(request);
    if (!placed) return false;
    book.sent(placed.worker, request, placed.uncachedTokens);
    engines[placed.worker]?.accept(request, nowS);
    return true;
  };
  const drain = (line: ReplayRequest[], nowS: number): void => {
    for (let at = 0; at < line.length; ) {
      const request = line[at];
      if (request && send(request, nowS)) line.splice(at, 1);
      else if (overtaking) at++;
      else break;
    }
  };
  const arrive = (request: ReplayRequest): void => {
    const name = policy.lineOf?.(request) ?? '';
    const line = lines.get(name) ?? [];
    if ((overtaking || line.length === 0) && send(request, request.arrivalS)) return;
    lines.set(name, line);
    line.push(request);
    parked++;
  };

  let next = 0;
  for (;;) {
    const first = earliest(engines);
    const arriving = requests[next];
    // Events of one instant: arrivals before step ends.
    if (arriving && arriving.arrivalS <= (first?.stepEndsS ?? Number.POSITIVE_INFINITY)) {
      next++;
      arrive(arriving);
      continue;
    }
    if (!first || first.stepEndsS === Number.POSITIVE_INFINITY) break;
    const nowS = first.stepEndsS;
    first.endStep();
    if (roomMayHaveCome) for (const line of lines.values()) drain(line, nowS);
    roomMayHaveCome = false;
  }
  return { policy, requests, parked, engines };
}

function earliest(engines: readonly EngineModel[]): EngineModel | undefined {
  let first = engines[0];
  for (const engine of engines) if (first && engine.stepEndsS < first.stepEndsS) first = engine;
  return first;
}
