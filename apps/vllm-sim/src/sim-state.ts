// What changes in a running server: the phase of its life and what faults turned on.
import type { FaultQueue } from './faults/fault-queue.ts';
import type { SeenRequests } from './seen-requests.ts';

/** `draining`: SIGTERM came and running work may finish. `stopping`: the engine is gone, the port not yet. */
type Phase = 'serving' | 'draining' | 'stopping' | 'engine-dead';

export interface SimState {
  phase: Phase;
  isHealthy: boolean;
  /** The window /v1/models and /tokenize show. */
  shownWindowTokens: number;
  rendersAsRust: boolean;
  readonly faults: FaultQueue;
  readonly seen: SeenRequests;
}
