// Arithmetic on the rounds of a bench.

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Other load on the machine only ever makes a round slower, so the best round says most about the program. */
export function lowest(values: readonly number[]): number {
  return Math.min(...values);
}

export function highest(values: readonly number[]): number {
  return Math.max(...values);
}

export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
