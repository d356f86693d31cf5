// The numbers of 1,000 streams on one core. Ratios are to the bare relay in the same run.
import { KEPT_UP_CHUNKS_S, type StreamFigures } from '../streams.bench.ts';
import { atMost, shown, type TargetRow, unless } from './target-row.ts';

/** First what must be, then what should be. */
const CPU_BOUNDS = [0.9, 0.83];
const P99_BOUND = 1.2;
const GROWTH_BOUND = 0.7;

export function streamRows(figures: Readonly<Record<string, StreamFigures>>): readonly TargetRow[] {
  const { bare, ropeway } = figures;
  if (!bare || !ropeway) return [];
  const slowest = Math.min(bare.chunks_s, ropeway.chunks_s);
  const isDisturbed = slowest < KEPT_UP_CHUNKS_S;
  const others = Object.entries(figures).filter(([name]) => name !== 'bare' && name !== 'ropeway');
  return [
    ...Object.entries(figures).map(([name, { cpu_share }]) =>
      shown(`streams, CPU of a core: ${name}`, { value: 100 * cpu_share, unit: '%', digits: 1 }),
    ),
    ...CPU_BOUNDS.map((bound) =>
      unless(
        isDisturbed,
        atMost('streams, CPU: ropeway over bare', bound, ratio('cpu_share', ropeway, bare)),
      ),
    ),
    ...others.map(([name, each]) => shown(`streams, CPU: ${name} over bare`, ratio('cpu_share', each, bare))),
    shown('streams, chunk p50: bare', { value: bare.chunk_p50_ms, unit: 'ms' }),
    shown('streams, chunk p50: ropeway', { value: ropeway.chunk_p50_ms, unit: 'ms' }),
    shown('streams, chunk p99: bare', { value: bare.chunk_p99_ms, unit: 'ms' }),
    shown('streams, chunk p99: ropeway', { value: ropeway.chunk_p99_ms, unit: 'ms' }),
    unless(
      isDisturbed,
      atMost('streams, chunk p99: ropeway over bare', P99_BOUND, ratio('chunk_p99_ms', ropeway, bare)),
    ),
    shown('streams, first token p50: ropeway', { value: ropeway.first_p50_ms, unit: 'ms' }),
    ...Object.entries(figures).map(([name, { rss_100_mb, rss_1000_mb }]) =>
      shownText(`streams, memory at 100, 1,000: ${name}`, `${rss_100_mb}, ${rss_1000_mb} MB`),
    ),
    unless(
      isDisturbed,
      atMost('streams, memory growth: ropeway over bare', GROWTH_BOUND, ratio('growth_mb', ropeway, bare)),
    ),
    keptUp(slowest),
    atMost('streams: errors', 0, { value: bare.errors + ropeway.errors }),
  ];
}

function ratio(of: 'cpu_share' | 'chunk_p99_ms' | 'growth_mb', one: StreamFigures, base: StreamFigures) {
  return { value: one[of] / base[of] };
}

function shownText(what: string, measured: string): TargetRow {
  return { what, target: '', measured, isMet: null };
}

function keptUp(chunks: number): TargetRow {
  return {
    what: 'streams: slower of both kept up, chunks',
    target: '~30,000 /s',
    measured: `${chunks.toLocaleString('en-US')} /s`,
    isMet: chunks >= KEPT_UP_CHUNKS_S,
  };
}
