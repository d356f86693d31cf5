// This gateway is shutting down; another takes the request as soon as it is asked.
import { Fault } from '#protocol';

const RETRY_MS = 1_000;

export function gatewayDraining(): Fault {
  return new Fault('gateway_draining', { retryAfterMs: RETRY_MS });
}
