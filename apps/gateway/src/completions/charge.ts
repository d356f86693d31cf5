// Step 9: limits are set to what was used, and the ledger gets its row. Whoever ended the answer.
import type { RateCharge } from '#limits';
import type { Caller } from '#tenancy';
import type { Exchange } from './exchange.ts';
import type { ServePorts } from './serve-ports.ts';
import { rowOf, usedBy } from './usage-row.ts';

type ChargePorts = Pick<ServePorts, 'limiter' | 'pricing'>;

/** Never throws, waits for nothing. */
export function charge(exchange: Exchange, ports: ChargePorts): void {
  const { caller, later, spending, ledger, record, chargedTokens } = exchange;
  if (caller !== null && later.length > 0 && !spending?.hasAsked) takeLate(caller, later, ports);
  if (spending === null) return;
  const used = usedBy(record, chargedTokens);
  spending.settle(used);
  ledger?.entry.close(rowOf(ledger, exchange, used, ports.pricing));
}

/** What ended before its reservation was a request all the same. */
function takeLate(caller: Caller, later: readonly RateCharge[], { limiter }: ChargePorts): void {
  limiter.askingLater(caller, later);
  void limiter.take(caller, later);
}
