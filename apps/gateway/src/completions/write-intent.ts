// Step 6, its second half: the ledger's intent is on disk before a worker hears of the request (decisions G1).
import { Fault } from '#protocol';
import type { Exchange } from './exchange.ts';
import type { ServePorts } from './serve-ports.ts';
import { intentOf, startedAtMs } from './usage-row.ts';

/** null: it is there, or none is kept. */
export function writeIntent(
  exchange: Exchange,
  { ledger, pricing }: Pick<ServePorts, 'ledger' | 'pricing'>,
): Promise<void> | null {
  const { caller, record } = exchange;
  if (ledger === null || exchange.ledger !== null || caller === null) return null;
  record.steps.enter('intend');
  const startedMs = startedAtMs(record);
  const intent = intentOf(exchange, caller, pricing, startedMs);
  return ledger.open(intent).then((entry) => {
    if (entry === 'full') throw new Fault('ledger_full', { retryAfterMs: 5_000 });
    exchange.ledger = { intent, entry, startedMs };
  });
}
