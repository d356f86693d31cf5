// What was used? One row an answer (decisions G1). An intent is on disk before the request goes to a worker; the row that
// ends it goes the same way; what a killed process leaves behind is recovered from its intents. No prompt, no answer, no key.
import type { DiskShort } from './disk-short.ts';

/** Whole millionths of the currency for a million tokens; the same shape as the price of a limit. */
export interface LedgerPrice {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

/** Written before dispatch; all that is known by then. Field names are the columns of the ledger. */
export interface LedgerIntent {
  readonly request_id: string;
  /** ISO 8601 with milliseconds, wall clock; part of the row's identity (month partitions). */
  readonly started_at: string;
  readonly tenant: string;
  readonly key_id: string;
  readonly lineage: string;
  readonly environment: 'live' | 'test';
  readonly endpoint: 'chat' | 'text';
  readonly model: string;
  readonly pool: string;
  readonly rope: string;
  readonly window_tokens: number;
  readonly stream: boolean;
  /** Our own exact count, all prompts of the request. */
  readonly prompt_tokens: number;
  /** Weight of the pool in token limits, times 1,000 (an integer column). */
  readonly pool_weight_milli: number;
  /** Kept on disk so that a row recovered after a kill has its cost; no column of the ledger. */
  readonly price?: LedgerPrice | null;
}

/** `unknown`: the process was killed; tokens are those last metered. `cut`: ended by us (revoked key, prepaid budget). */
export type LedgerOutcome = 'completed' | 'failed' | 'client_closed' | 'cut' | 'unknown';

export interface LedgerAttempt {
  readonly worker: string;
  readonly pool: string;
  /** Milliseconds since the request started. */
  readonly started_ms: number;
  readonly ended_ms: number;
  /** As the relay names it: finished, retry, rejected, broken, client-closed. */
  readonly outcome: string;
}

/** Durations are whole milliseconds, counts whole numbers: the database refuses others. */
export interface LedgerRow extends LedgerIntent {
  readonly ended_at: string;
  readonly outcome: LedgerOutcome;
  /** Code of the fault catalogue, or null. */
  readonly fault: string | null;
  readonly finish_reason: string | null;
  readonly cached_tokens: number;
  readonly reasoning_tokens: number;
  readonly completion_tokens: number;
  /** Whether tokens are the worker's own usage (true) or what was metered. */
  readonly is_exact: boolean;
  /** Millionths of the currency; 0 without a price. */
  readonly cost_micro: number;
  readonly queue_ms: number;
  readonly first_token_ms: number | null;
  readonly duration_ms: number;
  readonly attempts: readonly LedgerAttempt[];
}

export interface LedgerStats {
  /** Rows (and open intents) in the outbox, not yet in the database. */
  readonly waiting: number;
  readonly openIntents: number;
  readonly bytes: number;
  readonly isFull: boolean;
  readonly isDatabaseAway: boolean;
  /** It is away, or was until a moment ago: rows of before may not be there yet, of this gateway or of another. */
  readonly isBehind: boolean;
  /** Rows delivered since the start. */
  readonly delivered: number;
  /** Rows the database refused, kept on disk beside the others until somebody looks at them. */
  readonly refused: number;
}

/** Open intents of one process; closed exactly once. */
export interface LedgerEntry {
  /** Output tokens streamed so far, in all. Costs next to nothing: on disk within a second, for a process that is killed. */
  meter(completionTokens: number): void;
  /** The final row. Never throws, not waited for: on disk with the next commit, 5 ms later at most. Only the first call counts. */
  close(row: LedgerRow): void;
}

export interface Ledger {
  /**
   * Resolves once the intent is on disk (group commit). 'full' when the outbox holds as much as it may: refuse the request,
   * rows are never dropped. Rejects never.
   */
  open(intent: LedgerIntent): Promise<LedgerEntry | 'full'>;
  stats(): LedgerStats;
  /** Not null while new requests are refused for want of room on the disk. */
  diskShort(): DiskShort | null;
  /** Delivers what waits, until the signal aborts. True when the outbox is empty. */
  drain(signal: AbortSignal): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Where rows go at last. The same rows again change nothing. All rows or none: throws `RowsRefused` when it is the rows it
 * refuses (they are taken apart until the bad one is alone), anything else when it is away (they come again later).
 */
export interface LedgerSink {
  /** `rows` is the text of a JSON array of LedgerRow: the outbox hands its rows on without parsing them. */
  write(rows: string, signal: AbortSignal): Promise<void>;
}
