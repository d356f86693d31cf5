// The numbers of the benches that run as processes of their own, out of the JSON they print.
import { atLeast, atMost, shown, type TargetRow } from './target-row.ts';

/** As `exact-counts.bench.ts` prints it. */
export interface ExactResult {
  readonly texts: number;
  readonly differences: number;
  readonly recorded_chats: number;
  readonly recorded_differences: number;
}

export function exactRows(result: ExactResult): readonly TargetRow[] {
  const { texts, differences, recorded_chats, recorded_differences } = result;
  return [
    atMost(`counts: wrong of ${texts.toLocaleString('en-US')} hostile texts`, 0, { value: differences }),
    atMost(`counts: wrong of ${recorded_chats} recorded vLLM chats`, 0, { value: recorded_differences }),
  ];
}

/** As `tokenizer-speed.bench.ts` prints it. */
export interface TokenizerResult {
  readonly fresh: Readonly<
    Record<string, { readonly ratio: number; readonly bar: number; readonly own_mb_s: number }>
  >;
  readonly worst: Readonly<Record<string, { readonly own_ms: number; readonly held_ms: number }>>;
}

export function tokenizerRows({ fresh, worst }: TokenizerResult): readonly TargetRow[] {
  const highest = (pick: 'own_ms' | 'held_ms') => Math.max(...Object.values(worst).map((each) => each[pick]));
  return [
    ...Object.entries(fresh).map(([name, { ratio, bar }]) =>
      atLeast(`counting, fresh ${name}: over tokenizers`, bar, { value: ratio, unit: 'x', digits: 1 }),
    ),
    atMost('counting, worst text of 600 KB', 500, { value: highest('own_ms'), unit: 'ms', digits: 0 }),
    atMost('counting, event loop held by it', 15, { value: highest('held_ms'), unit: 'ms', digits: 1 }),
  ];
}

/** As `placement/main.ts --json` prints it. */
export interface PlacementResult {
  readonly slices: ReadonlyArray<{
    readonly slice: { readonly name: string; readonly bars: Readonly<Record<PlacementBar, number>> | null };
    readonly rows: ReadonlyArray<{
      readonly policy: string;
      readonly score: Readonly<Record<PlacementBar, number>>;
    }>;
  }>;
}

type PlacementBar = 'meanS' | 'p99S' | 'goalPercent' | 'hitPercent';

/** Who waits is served in order unless the first does not fit: between these two, so both must clear the bars. */
const POLICIES: ReadonlySet<string> = new Set(['ropeway, in order', 'ropeway, first fit']);

export function placementRows({ slices }: PlacementResult): readonly TargetRow[] {
  return slices.flatMap(({ slice: { name, bars }, rows }) => {
    const scores = rows.filter(({ policy }) => POLICIES.has(policy)).map(({ score }) => score);
    if (!bars || scores.length === 0) return [];
    const largest = (bar: PlacementBar) => Math.max(...scores.map((score) => score[bar]));
    const smallest = (bar: PlacementBar) => Math.min(...scores.map((score) => score[bar]));
    return [
      atMost(`${name}: first token, mean`, bars.meanS, { value: largest('meanS'), unit: 's' }),
      atMost(`${name}: first token, p99`, bars.p99S, { value: largest('p99S'), unit: 's' }),
      atLeast(`${name}: within goal`, bars.goalPercent, {
        value: smallest('goalPercent'),
        unit: '%',
        digits: 1,
      }),
      atLeast(`${name}: prefix hits`, bars.hitPercent, {
        value: smallest('hitPercent'),
        unit: '%',
        digits: 1,
      }),
    ];
  });
}

/** As `telemetry-scrape.bench.ts` prints it. */
export interface TelemetryResult {
  readonly record_us: number;
  readonly scrape_bytes: number;
  readonly stall_p95_ms: number;
  /** As OpenMetrics, with exemplars. */
  readonly open_scrape_bytes: number;
  readonly open_stall_p95_ms: number;
}

export function telemetryRows({
  record_us,
  scrape_bytes,
  stall_p95_ms,
  open_scrape_bytes,
  open_stall_p95_ms,
}: TelemetryResult): readonly TargetRow[] {
  return [
    atMost('telemetry, one request recorded', 10, { value: record_us, unit: 'us' }),
    atMost('telemetry, a page of a full house', 1, { value: scrape_bytes / 1e6, unit: 'MB' }),
    atMost('telemetry, event loop held by it, p95', 15, { value: stall_p95_ms, unit: 'ms', digits: 1 }),
    atMost('telemetry, the page as OpenMetrics', 1, { value: open_scrape_bytes / 1e6, unit: 'MB' }),
    atMost('telemetry, event loop held by that, p95', 15, {
      value: open_stall_p95_ms,
      unit: 'ms',
      digits: 1,
    }),
  ];
}

/** As `relay-splice.bench.ts` prints it. */
export interface RelayResult {
  readonly results: ReadonlyArray<{ readonly row: string; readonly nanosecondsPerFrame: number }>;
}

export function relayRows({ results }: RelayResult): readonly TargetRow[] {
  return results.map(({ row, nanosecondsPerFrame }) =>
    shown(`a frame: ${row}`.slice(0, 43), { value: nanosecondsPerFrame, unit: 'ns', digits: 0 }),
  );
}
