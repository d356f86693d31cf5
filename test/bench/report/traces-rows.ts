// What traces cost, over the same gateway without any: nothing while they are off, little for one request in a hundred.
import { ALL, FEW, OFF, OFF_AGAIN, type TracesResult } from '../traces.bench.ts';
import { atMost, shown, type TargetRow, unless } from './target-row.ts';

/** Two equal gateways differ by about 3 %. */
const FEW_OVER_OFF = 1.1;
const WHOLE_CORE = 0.9;

export function tracesRows({ plain, exported_bytes }: TracesResult): readonly TargetRow[] {
  const { [OFF]: off, [OFF_AGAIN]: again, [FEW]: few, [ALL]: all } = plain;
  if (!off || !again || !few || !all) return [];
  const offUs = Math.min(off.cpu_us, again.cpu_us);
  const over = ({ cpu_us }: { readonly cpu_us: number }) => ({ value: cpu_us / offUs });
  const isDisturbed = Math.min(off.core_share, again.core_share, few.core_share) < WHOLE_CORE;
  const errors = [off, again, few, all].reduce((sum, figures) => sum + figures.errors, 0);
  return [
    shown('traces off, plain, CPU an answer', { value: offUs, unit: 'us', digits: 1 }),
    shown('traces off, over the same once more', { value: Math.max(off.cpu_us, again.cpu_us) / offUs }),
    unless(isDisturbed, atMost('traces of 1 %, CPU over none', FEW_OVER_OFF, over(few))),
    shown('traces of all, CPU over none', over(all)),
    shown('traces, sent to the collector', { value: exported_bytes / 1e6, unit: 'MB' }),
    atMost('traces: errors', 0, { value: errors }),
  ];
}
