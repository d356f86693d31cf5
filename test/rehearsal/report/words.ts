// Numbers as people read them.

export function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** `-` where there is none. */
export function seconds(ms: number | null): string {
  if (ms === null) return '-';
  return ms < 10_000 ? `${(ms / 1_000).toFixed(2)} s` : `${(ms / 1_000).toFixed(1)} s`;
}

/** `no_capacity 2, cut 1`; `none` of nothing. */
export function counts(by: Readonly<Record<string, number | undefined>>): string {
  const parts = Object.entries(by).map(([word, count = 0]) => `${word} ${number(count)}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
