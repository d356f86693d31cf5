// What is said of each metric, once: the registry, docs/metrics.md and the boards are made from it.
import type { LabelName } from './labels.ts';

export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly unit: 'seconds' | 'bytes' | 'tokens' | 'ratio' | 'state' | 'count';
  readonly help: string;
  readonly labels: readonly LabelName[];
  /** Histograms only. */
  readonly buckets?: Buckets;
  /** What an operator does when it looks wrong; printed in docs/metrics.md and on the panels. */
  readonly whenWrong: string;
}

export interface Buckets {
  /** Upper bounds, inclusive, ascending; +Inf is added. */
  readonly bounds: readonly number[];
  readonly because: string;
}
