// The ledger of a gateway without a database: the same port, nothing kept, no promise made a request.
import type { Ledger, LedgerEntry, LedgerStats } from './ledger.ts';

const ENTRY: LedgerEntry = { meter() {}, close() {} };
const OPENED = Promise.resolve(ENTRY);
const STATS: LedgerStats = {
  waiting: 0,
  openIntents: 0,
  bytes: 0,
  isFull: false,
  isDatabaseAway: false,
  delivered: 0,
  refused: 0,
};

export class NullLedger implements Ledger {
  open(): Promise<LedgerEntry> {
    return OPENED;
  }

  stats(): LedgerStats {
    return STATS;
  }

  async drain(): Promise<boolean> {
    return true;
  }

  async close(): Promise<void> {}
}
