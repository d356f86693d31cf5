// What tests of the ledger share: intents and rows with plausible contents, folders that go, and a sink that obeys.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LedgerIntent, LedgerRow, LedgerSink } from './ledger.ts';
import { RowsRefused } from './rows-refused.ts';

export function anIntent(number: number, fields: Partial<LedgerIntent> = {}): LedgerIntent {
  return {
    request_id: `req_${number.toString().padStart(12, '0')}`,
    started_at: '2026-11-23T10:00:00.000Z',
    tenant: 'acme',
    key_id: 'key000000001',
    lineage: 'key000000001',
    environment: 'live',
    endpoint: 'chat',
    model: 'qwq-32b',
    pool: 'default',
    rope: 'none',
    window_tokens: 40_960,
    stream: true,
    prompt_tokens: 100,
    pool_weight_milli: 1_500,
    ...fields,
  };
}

export function aRow(intent: LedgerIntent, fields: Partial<LedgerRow> = {}): LedgerRow {
  return {
    ...intent,
    ended_at: '2026-11-23T10:00:02.000Z',
    outcome: 'completed',
    fault: null,
    finish_reason: 'stop',
    cached_tokens: 40,
    reasoning_tokens: 20,
    completion_tokens: 51,
    is_exact: true,
    cost_micro: 7,
    queue_ms: 0,
    first_token_ms: 31,
    duration_ms: 2_000,
    attempts: [
      {
        worker: 'http://10.0.0.1:8000',
        pool: 'default',
        started_ms: 1,
        ended_ms: 1_999,
        outcome: 'finished',
      },
    ],
    ...fields,
  };
}

export function newFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'ropeway-ledger-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export class MemorySink implements LedgerSink {
  readonly rows: LedgerRow[] = [];
  /** Rows of each call, refused ones too. */
  readonly calls: number[] = [];
  isAway = false;
  /** Answers nothing until the signal aborts. */
  isSilent = false;
  /** Refuses a batch that has one of these. */
  poison: readonly string[] = [];

  async write(text: string, signal: AbortSignal): Promise<void> {
    const rows: LedgerRow[] = JSON.parse(text);
    this.calls.push(rows.length);
    if (this.isSilent)
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    if (this.isAway) throw new Error('connect ECONNREFUSED');
    if (rows.some(({ request_id }) => this.poison.includes(request_id))) throw new RowsRefused('not a row');
    this.rows.push(...rows);
  }

  ids(): readonly string[] {
    return this.rows.map(({ request_id }) => request_id);
  }
}
