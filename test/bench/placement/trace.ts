// The public request traces of test/fixtures/traces as requests to replay.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type ReplayRequest, replayRequest } from './replay-request.ts';

export type TraceName = 'open-mooncake-conversation-a' | 'open-azure2023-conv';

interface TraceRow {
  readonly ts: number;
  readonly ts_u?: number;
  readonly prompt_tokens: number;
  readonly output_tokens: number;
  readonly hash_ids?: readonly number[];
}

/** Longest sequence the largest pool serves; longer ones are not replayed. */
const LARGEST_WINDOW = 131_072;

/**
 * `compression`: every arrival time is divided by it. De-quantised times (`ts_u`) are used where a trace has them.
 */
export function loadTrace(name: TraceName, compression: number): ReplayRequest[] {
  const file = new URL(`../../fixtures/traces/${name}.jsonl.gz`, import.meta.url);
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
  return lines
    .map((line) => JSON.parse(line) as TraceRow)
    .filter((row) => row.prompt_tokens + row.output_tokens <= LARGEST_WINDOW)
    .map((row) =>
      replayRequest(
        (row.ts_u ?? row.ts) / 1_000 / compression,
        row.prompt_tokens,
        row.output_tokens,
        row.hash_ids ?? [],
      ),
    );
}
