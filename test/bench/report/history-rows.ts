// The numbers of a prompt of 100,000 tokens.
import type { HistoryResult } from '../history.bench.ts';
import { atMost, type TargetRow } from './target-row.ts';

const BOUNDS_MS = { cold: 40, seen: 10 };
const SHAPES = { text: 'one text', chat: '50 turns' };

export function historyRows(result: HistoryResult): readonly TargetRow[] {
  return (['cold', 'seen'] as const).flatMap((state) =>
    (['text', 'chat'] as const).map((shape) =>
      atMost(`100,000 tokens, ${SHAPES[shape]}, ${state}: added p50`, BOUNDS_MS[state], {
        value: result[shape][state].added_p50_ms,
        unit: 'ms',
        digits: 1,
      }),
    ),
  );
}
