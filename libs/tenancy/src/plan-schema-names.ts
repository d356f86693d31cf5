// The shapes of names. What goes into keys of Redis, metrics and URLs is plain ASCII, so that no two names look alike; what
// only people read is free text that shows as it is stored.
import * as z from 'zod';

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;
const NAME_RULE = 'must be 1 to 63 of a-z, 0-9, . _ and -, beginning with a letter or digit';
/** IANA names; offsets such as +01:00 have no summer time and are no time zones. */
const ZONE = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/;
/** Controls, formatting marks, halves of surrogate pairs, line separators: whatever makes a text show as another one. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/u;
/** The two joiners shape letters and emoji; no other invisible character has a use in a name. */
const JOINERS = /[\u200c\u200d]/g;

export const tenantIdSchema = z.string().regex(NAME, NAME_RULE);
export const planNameSchema = z.string().regex(NAME, NAME_RULE);

/** The public part of a key, between `rw_live_` and the next `_`. */
export const keyIdSchema = z
  .string()
  .regex(/^[0-9A-Za-z]{12}$/, 'must be the 12 characters after rw_live_ or rw_test_');

/** `maxLength` in UTF-16 units. The same text typed in two ways is stored as one (NFC). */
export function shownTextSchema(minLength: number, maxLength: number) {
  return z
    .string()
    .normalize('NFC')
    .min(minLength, `must have at least ${minLength} character${minLength === 1 ? '' : 's'}`)
    .max(maxLength, `must have at most ${maxLength} characters`)
    .refine((text) => !UNSEEN.test(text.replace(JOINERS, '')), 'must hold no control or invisible characters')
    .refine((text) => text === text.trim(), 'must not begin or end with a space');
}

export const timeZoneSchema = z
  .string()
  .max(64)
  .refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin or UTC');

function isTimeZone(name: string): boolean {
  if (!ZONE.test(name)) return false;
  try {
    // The only question Intl answers: whether it can be made for that zone. It throws a RangeError where not.
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
