// The numbers of a plain request on one core.
import type { PlainFigures } from '../plain.bench.ts';
import { atLeast, atMost, shown, type TargetRow, unless } from './target-row.ts';

/** Of the bare relay's throughput: first what must be, then what should be. */
const SHARES_OF_BARE = [0.45, 0.6];
const ADDED_MS = 0.2;
/** A proxy that got less of its core was not measured, but the machine. */
const WHOLE_CORE = 0.9;

export function plainRows(figures: Readonly<Record<string, PlainFigures>>): readonly TargetRow[] {
  const { bare, ropeway, smg } = figures;
  if (!bare || !ropeway) return [];
  const share = { value: ropeway.answers_s / bare.answers_s };
  const isDisturbed = Math.min(bare.core_share, ropeway.core_share) < WHOLE_CORE;
  return [
    ...Object.entries(figures).map(([name, { answers_s }]) =>
      shown(`plain, 64 connections: ${name}`, { value: answers_s, unit: '/s', digits: 0 }),
    ),
    ...SHARES_OF_BARE.map((bound) =>
      unless(isDisturbed, atLeast('plain, 64 connections: ropeway over bare', bound, share)),
    ),
    ...(smg
      ? [shown('plain, 64 connections: smg over bare', { value: smg.answers_s / bare.answers_s })]
      : []),
    ...[
      { name: 'bare', each: bare },
      { name: 'ropeway', each: ropeway },
    ].map(({ name, each }) => costOf(name, each)),
    shown('plain, CPU an answer: bare over ropeway', { value: bare.cpu_us / ropeway.cpu_us }),
    shown('plain, 1 connection: bare adds, p50', { value: bare.added_p50_us / 1000, unit: 'ms', digits: 3 }),
    atMost('plain, 1 connection: ropeway adds, p50', ADDED_MS, addedBy(ropeway)),
    ...(smg ? [atMost('plain, 1 connection: no more than smg', addedBy(smg).value, addedBy(ropeway))] : []),
    atMost('plain: errors', 0, { value: errorsOf(figures) }),
  ];
}

/** With it, how much of its core it got: what others took is missing in its throughput. */
function costOf(name: string, { cpu_us, core_share }: PlainFigures): TargetRow {
  const measured = `${cpu_us.toFixed(1)} us, ${Math.round(100 * core_share)} %`;
  return { what: `plain, CPU an answer, core got: ${name}`, target: '', measured, isMet: null };
}

function addedBy({ added_p50_us }: PlainFigures) {
  return { value: added_p50_us / 1000, unit: 'ms', digits: 3 };
}

function errorsOf(figures: Readonly<Record<string, PlainFigures>>): number {
  return (figures.ropeway?.errors ?? 0) + (figures.bare?.errors ?? 0);
}
