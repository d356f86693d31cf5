// Values as people read them.

export function countText(value: number): string {
  return value.toLocaleString('en-US');
}

/** Millionths of the price table's currency, to the hundredth. */
export function moneyText(micro: number): string {
  return (micro / 1e6).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** `1 pool`, `2 pools`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `2026-11-23T22:56:08.123Z` -> `2026-11-23 22:56:08`; times are UTC throughout. */
export function momentText(iso: string | null, absent = '-'): string {
  return iso === null ? absent : iso.slice(0, 19).replace('T', ' ');
}

/** A time to wait, to two units. */
export function durationText(ms: number): string {
  const totalSeconds = Math.ceil(ms / 1_000);
  const units = [
    [Math.floor(totalSeconds / 86_400), 'd'],
    [Math.floor(totalSeconds / 3_600) % 24, 'h'],
    [Math.floor(totalSeconds / 60) % 60, 'm'],
    [totalSeconds % 60, 's'],
  ] as const;
  const first = units.findIndex(([count]) => count > 0);
  if (first === -1) return '0s';
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(' ');
}

/** A tenant may have a budget of each unit for one period. */
export function limitName(kind: string, unit: string | null | undefined): string {
  return kind.replaceAll('_', ' ') + (unit ? ` (${unit})` : '');
}

/** Limits or scopes, one a line, in the words of the API; those not set are what is inherited. */
export function grantLines(grant: Readonly<Record<string, unknown>>, open: string): string {
  const lines = Object.entries(grant).map(([name, value]) => `${name}: ${valueText(value, open)}`);
  return lines.length === 0 ? '-' : lines.join('\n');
}

/** One value of a grant or of a change; `open` says what null means there. */
export function valueText(value: unknown, open = 'none'): string {
  if (value === undefined) return 'not set';
  if (value === null) return open;
  if (typeof value === 'number') return countText(value);
  if (Array.isArray(value))
    return value.length === 0 ? 'none' : value.map((item) => itemText(item)).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function itemText(item: unknown): string {
  if (typeof item !== 'object' || item === null) return String(item);
  if ('period' in item && 'unit' in item && 'limit' in item)
    return `${item.period}:${item.unit}:${item.limit}`;
  return JSON.stringify(item);
}
