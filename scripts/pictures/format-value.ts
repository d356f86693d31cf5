// A value in a panel's unit, as Grafana writes it: as short as a legend needs.

const DECIMAL = ['', 'k', 'M', 'G', 'T'];
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const OWN_UNITS: Readonly<Record<string, string>> = { ops: 'ops/s', reqps: 'req/s' };
const AGO_S: readonly (readonly [string, number])[] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
];

/** `nowMs`: for units that say how long ago. A unit that is not known adds nothing: see the spec, which knows all of the boards. */
export function formatValue(value: number | null, unit = 'short', nowMs = 0): string {
  if (value === null) return '–';
  if (unit === 's') return seconds(value);
  if (unit === 'bytes') return scaled(value, 1_024, BINARY, ' ');
  if (unit === 'percentunit') return `${round(value * 100)}%`;
  if (unit === 'bool_yes_no') return value === 0 ? 'No' : 'Yes';
  if (unit === 'dateTimeFromNow') return `${ago((nowMs - value) / 1_000)} ago`;
  if (unit.startsWith('si:')) return `${scaled(value, 1_000, DECIMAL, ' ')}${unit.slice(3)}`;
  const own = OWN_UNITS[unit];
  return own === undefined
    ? scaled(value, 1_000, DECIMAL, '')
    : `${scaled(value, 1_000, DECIMAL, '')} ${own}`;
}

function seconds(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0 s';
  if (size < 0.001) return `${round(value * 1_000_000)} µs`;
  if (size < 1) return `${round(value * 1_000)} ms`;
  if (size < 120) return `${round(value)} s`;
  return size < 7_200 ? `${round(value / 60)} min` : `${round(value / 3_600)} h`;
}

function scaled(value: number, step: number, names: readonly string[], gap: string): string {
  let size = value;
  let nth = 0;
  while (Math.abs(size) >= step && nth < names.length - 1) {
    size /= step;
    nth += 1;
  }
  return `${round(size)}${gap}${names[nth] ?? ''}`;
}

/** Three figures, and no more zeros than it needs. */
function round(value: number): string {
  if (Math.abs(value) >= 100) return `${Math.round(value)}`;
  return `${Number(value.toPrecision(3))}`;
}

function ago(passedS: number): string {
  const [name, size] = AGO_S.find(([, size]) => passedS >= size) ?? ['s', 1];
  return `${Math.max(0, Math.round(passedS / size))} ${name}`;
}
