// What it costs to have everything on: keys and ledger in PostgreSQL, limits in Redis, an intent on disk for each request.
import type { PlainFigures } from '../plain.bench.ts';
import { KEPT_UP_CHUNKS_S, type StreamFigures } from '../streams.bench.ts';
import { atLeast, atMost, shown, type TargetRow, unless } from './target-row.ts';

const SHARE_OF_BARE = 0.28;
const CPU_OF_BARE = 0.9;
const WHOLE_CORE = 0.9;

interface EverythingResult {
  readonly plain: Readonly<Record<string, PlainFigures>>;
  readonly streams: Readonly<Record<string, StreamFigures>>;
}

const NAME = 'ropeway, everything on';

export function everythingRows({ plain, streams }: EverythingResult): readonly TargetRow[] {
  return [...plainRows(plain), ...streamRows(streams)];
}

function plainRows({ bare, [NAME]: everything }: EverythingResult['plain']): readonly TargetRow[] {
  if (!bare || !everything) return [];
  const share = { value: everything.answers_s / bare.answers_s };
  const isDisturbed = Math.min(bare.core_share, everything.core_share) < WHOLE_CORE;
  return [
    shown('everything on, plain, 64 connections', { value: everything.answers_s, unit: '/s', digits: 0 }),
    unless(isDisturbed, atLeast('everything on, plain: over bare', SHARE_OF_BARE, share)),
    shown('everything on, plain, CPU an answer', { value: everything.cpu_us, unit: 'us', digits: 1 }),
    shown('everything on, 1 connection adds, p50', {
      value: everything.added_p50_us / 1000,
      unit: 'ms',
      digits: 3,
    }),
    atMost('everything on, plain: errors', 0, { value: everything.errors }),
  ];
}

function streamRows({ bare, [NAME]: everything }: EverythingResult['streams']): readonly TargetRow[] {
  if (!bare || !everything) return [];
  const slowest = Math.min(bare.chunks_s, everything.chunks_s);
  const cpu = { value: everything.cpu_share / bare.cpu_share };
  return [
    unless(slowest < KEPT_UP_CHUNKS_S, atMost('everything on, streams, CPU over bare', CPU_OF_BARE, cpu)),
    shown('everything on, streams, chunk p99 over bare', {
      value: everything.chunk_p99_ms / bare.chunk_p99_ms,
    }),
    atMost('everything on, streams: errors', 0, { value: everything.errors }),
  ];
}
