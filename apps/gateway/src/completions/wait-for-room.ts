// Step 7: no worker has room, or others were here before. Waits within the parking lot's bounds, in the fleet's line, until
// there may be room, a larger pool is to be asked, or there is no time left; then the route is chosen anew.
import { Fault } from '#protocol';
import type { Route } from '#routing';
import { gatewayDraining } from '../http/gateway-draining.ts';
import type { ParkedPlace } from '../parking/parked-place.ts';
import type { Wish } from '../parking/wish.ts';
import type { Exchange } from './exchange.ts';
import { holdLimits } from './hold-limits.ts';
import { kvTokens } from './kv-tokens.ts';
import type { Prepared } from './prepare.ts';
import type { ServePorts } from './serve-ports.ts';
import { tellWait, wishOf } from './tell-wait.ts';

/** A place that was taken since the decision is waited for in the pool that had it. */
export async function waitForRoom(
  route: Route,
  exchange: Exchange,
  { measured }: Prepared,
  ports: WaitPorts,
): Promise<void> {
  const { answer, record } = exchange;
  const { fleet, telemetry } = ports;
  await holdLimits('parked', route, exchange);
  // Either may have happened meanwhile; what ends the wait below would then be over, and nobody would wait there.
  exchange.throwIfCut();
  if (answer.hasLeft) throw new Fault('client_closed');
  const wish = wishOf(route, record.queueMs);
  const { place, leftMs } = park(wish, exchange, kvTokens(measured, route.demand), ports);
  const askAgainMs = route.kind === 'wait' ? route.askAgainMs : null;
  const started = performance.now();
  record.steps.enter('wait', started);
  // Its own controller and timer, not AbortSignal.any: a thousand waiters are woken often, and each would leave some behind.
  const until = new AbortController();
  const stop = () => until.abort();
  const timer = setTimeout(stop, Math.min(leftMs, askAgainMs ?? leftMs));
  answer.left.addEventListener('abort', stop);
  exchange.stopWaiting = stop;
  place.wake = stop;
  telemetry.inFlight.waiting++;
  try {
    if (!(await fleet.waitForRoom(wish.waitFor, until.signal, record))) throw gatewayDraining();
  } catch (error) {
    if (answer.hasLeft) throw new Fault('client_closed');
    if (!until.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    exchange.stopWaiting = null;
    place.wake = null;
    answer.left.removeEventListener('abort', stop);
    telemetry.inFlight.waiting--;
    record.queueMs += performance.now() - started;
  }
}

type WaitPorts = Pick<ServePorts, 'fleet' | 'parking' | 'lifecycle' | 'telemetry'>;

/** A place among those that wait, and for how long; throws the Fault that says why there is none, or none any more. */
function park(
  wish: Wish,
  exchange: Exchange,
  demandTokens: number,
  { parking, lifecycle, telemetry }: WaitPorts,
): { place: ParkedPlace; leftMs: number } {
  const { answer, record, caller, chargedTokens: promptTokens } = exchange;
  // A stream whose head is out finishes here; whoever has heard nothing is better off elsewhere.
  if (lifecycle.isDraining && !answer.isCommitted) throw gatewayDraining();
  const size = { promptTokens, demandTokens, bodyBytes: record.bodyBytes };
  exchange.place ??= parking.newPlace(size, caller?.tenant ?? '');
  const parked = parking.park(exchange.place, wish);
  tellWait(exchange, parked, () => parking.whyWaiting(wish.need.name));
  if (!parked.isGranted) throw parked.fault;
  if (parked.isCold) telemetry.waitsCold(record);
  return { place: exchange.place, leftMs: parked.leftMs };
}
