// Values of options, read strictly: whoever mistypes one is told at once, and nothing is sent.
import { InvalidArgumentError } from 'commander';

/** A count from 1 on that JSON carries exactly. */
export function wholeNumber(text: string): number {
  const value = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value))
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${Number.MAX_SAFE_INTEGER}.`);
  return value;
}

/** A name, an id or a path: an empty one would make the address of something else, as of the list it is in. */
export function notEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** `90d`, `24h`, `30m`, `45s` or `0`, as seconds. */
export function seconds(text: string): number {
  const [, count, unit = 's'] = /^(\d{1,9})([smhd])?$/.exec(text) ?? [];
  const isBare = unit === 's' && !text.endsWith('s') && count !== '0';
  if (count === undefined || isBare)
    throw new InvalidArgumentError('It must be a time such as 45s, 30m, 24h or 7d.');
  return Number(count) * (UNIT_SECONDS[unit] ?? 1);
}

/** `2026-11-01`. */
export function day(text: string): string {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && isInCalendar(text);
  if (!isDay) throw new InvalidArgumentError('It must be a day such as 2026-11-01.');
  return text;
}

/** A day (its start in UTC) or a moment (ISO 8601), as a moment in UTC. */
export function moment(text: string): string {
  const isShaped = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  if (!isShaped || Number.isNaN(Date.parse(text)) || !isInCalendar(text.slice(0, 10)))
    throw new InvalidArgumentError('It must be a day (2026-11-01) or a moment (2026-11-01T09:00:00Z).');
  return new Date(text).toISOString();
}

/** A moment, or `none`. */
export function momentOrNone(text: string): { readonly set: string | null } {
  return { set: text === 'none' ? null : moment(text) };
}

/** `2026-02-30` would be read as the 2nd of March. */
function isInCalendar(text: string): boolean {
  const at = Date.parse(text);
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === text;
}

/** `a,b,c`. */
export function nameList(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === ''))
    throw new InvalidArgumentError('It must be names separated by commas.');
  return names;
}
