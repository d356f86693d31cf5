// What finding workers in Kubernetes costs.
import { atMost, shown, type TargetRow } from './target-row.ts';

/** As `discovery-watch.bench.ts` prints it. */
export interface DiscoveryResult {
  readonly list_first_ms: number;
  readonly list_p50_ms: number;
  readonly change_cpu_us: number;
  readonly core_percent: number;
}

export function discoveryRows(result: DiscoveryResult): readonly TargetRow[] {
  const ms = (value: number) => ({ value, unit: 'ms', digits: 0 });
  return [
    atMost('a list of 500 pods, the first of a process', 1_000, ms(result.list_first_ms)),
    atMost('a list of 500 pods, warm', 1_000, ms(result.list_p50_ms)),
    shown('a change of one of 500 pods, CPU', { value: result.change_cpu_us, unit: 'us', digits: 0 }),
    atMost('watching 500 pods, 10 changes /s', 5, { value: result.core_percent, unit: '% of a core' }),
  ];
}
