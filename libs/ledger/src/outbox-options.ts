// What the outbox takes, with the defaults of everything that is not a setting.
import type { Handover } from './handover.ts';
import type { LedgerSink } from './ledger.ts';
import type { LedgerEvent } from './ledger-event.ts';

export interface OutboxOptions {
  /** On a disk of this machine. Gateways may share it: each takes a file of its own there. Made when it is not there. */
  readonly folder: string;
  /** Rows and open intents together; beyond it new requests are refused. */
  readonly maxRows: number;
  /** Room the file may take up, likewise. About 1 KB a row. Default: 2 GiB. */
  readonly maxBytes?: number;
  /** New requests are refused when the disk has less left. Default: 64 MiB. */
  readonly minFreeBytes?: number;
  /** Rows the sink gets at once. */
  readonly batchRows: number;
  /** Rows wait so long for others before they go to the sink. Default: 250. */
  readonly gatherMs?: number;
  /**
   * Above 2,000 requests a second a commit starts this long after the last one at the earliest: it serves more of them,
   * which wait the difference. Below it nobody waits. Default: 4.
   */
  readonly commitMs?: number;
  /** What was metered is on disk after so long. Default: 1000. */
  readonly tickMs?: number;
  /** The sink is away when it has not answered by then. Default: 30,000. */
  readonly sinkTimeoutMs?: number;
  /** Longest pause between two tries while the sink or the disk is away. Default: 10,000. */
  readonly maxPauseMs?: number;
  /** Pace of looking for outboxes whose process is gone. Default: 60,000. */
  readonly adoptMs?: number;
}

export interface OutboxPorts {
  readonly sink: LedgerSink;
  /** Where rows go when the outbox is drained and the sink is away; and whence those of others come. */
  readonly handover?: Handover | null;
  readonly onEvent: (event: LedgerEvent) => void;
}

export type OutboxSettings = Required<OutboxOptions>;

export function withDefaults(options: OutboxOptions): OutboxSettings {
  return {
    maxBytes: 2 * 1024 ** 3,
    minFreeBytes: 64 * 1024 ** 2,
    gatherMs: 250,
    commitMs: 4,
    tickMs: 1_000,
    sinkTimeoutMs: 30_000,
    maxPauseMs: 10_000,
    adoptMs: 60_000,
    ...options,
  };
}
