// One request and the place its answer goes.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestFault } from '../faults/sim-fault.ts';

export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** What this request meets; null for most. */
  readonly fault: RequestFault | null;
}
