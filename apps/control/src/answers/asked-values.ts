// Names and times as a query may hold them. What no database can hold or compare (a NUL, a year before the first or of five
// digits) is refused here, by its name.
import * as z from 'zod';
import { Problem } from '../http/problem.ts';

const FIRST_DAY = '1970-01-01';
/** The first moment after the year 9999 in UTC. */
const END_MS = 253_402_300_800_000;

/** Of a model, pool, action or target: whatever may have been stored under it. */
export function askedName(maxLength: number) {
  return z
    .string()
    .min(1)
    .max(maxLength)
    .refine((text) => !text.includes('\0'), 'must hold no NUL');
}

/** A day in UTC. */
export const askedDay = z.iso
  .date()
  .refine((day) => day >= FIRST_DAY, `must be a day from ${FIRST_DAY} on, such as 2026-11-23`);

/** A moment, or the first one of a day in UTC. */
export const askedMoment = z
  .union(
    [z.iso.datetime({ offset: true }), z.iso.date()],
    'must be a time such as 2026-11-23T12:00:00Z or a day such as 2026-11-23',
  )
  .refine((text) => Date.parse(text) >= 0 && Date.parse(text) < END_MS, 'must be of the years 1970 to 9999');

/** Not an empty list, which would say that there was nothing. Throws a Problem; days and moments alike. */
export function refuseBackwards(from: string, to: string): void {
  if (Date.parse(from) <= Date.parse(to)) return;
  const message = `${from} is after ${to}`;
  throw new Problem('invalid_fields', `from: ${message}`, { errors: [{ path: 'from', message }] });
}
