// When a budget burns too fast: multi-window, multi-burn-rate, as the SRE workbook has it (sre.google/workbook/alerting-on-slos).
// The long window says that it matters, the short one that it still goes on.

export interface BurnRate {
  /** Times as fast as would use the budget up just at the end of its 30 days. */
  readonly factor: number;
  readonly long: string;
  readonly short: string;
}

export interface Burning {
  readonly severity: 'critical' | 'warning';
  readonly rates: readonly [BurnRate, BurnRate];
}

export const BURNING: readonly Burning[] = [
  {
    severity: 'critical',
    rates: [
      { factor: 14.4, long: '1h', short: '5m' },
      { factor: 6, long: '6h', short: '30m' },
    ],
  },
  {
    severity: 'warning',
    rates: [
      { factor: 3, long: '1d', short: '2h' },
      { factor: 1, long: '3d', short: '6h' },
    ],
  },
];

/**
 * Bad events the long window must have beside the rate: where there is little traffic, one failed request is a large share and
 * no reason to wake anybody.
 */
export const LEAST_BAD_EVENTS = 5;
