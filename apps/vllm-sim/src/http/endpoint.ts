// One path and method of the server.
import type { SeenRequest } from '../seen-requests.ts';
import type { SimContext } from '../sim-context.ts';
import type { Exchange } from './exchange.ts';

export interface Endpoint {
  /** Makes text: what request faults meet. */
  readonly generates: boolean;
  serve(exchange: Exchange, context: SimContext, seen: SeenRequest): Promise<void>;
}
