// What many answers have: dates, versions, states.
import * as z from 'zod';

/** ISO 8601, UTC, milliseconds. The pattern zod would give has every leap year in it; a format says enough. */
export const stamp = z.string().meta({ format: 'date-time' });
export const stampOrNull = stamp.nullable();
export const version = z.int().describe('Counts up with each change; also the `etag`, for `if-match`.');
export const environment = z.enum(['live', 'test']);
