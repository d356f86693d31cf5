// Text that came from outside and is kept for people to read: bounded, and without keys that were pasted where they do not belong.
import { withoutKeys } from '#protocol';

/** Bounds what a caller (its request id, a model it made up) or an error text can put into a line. */
const MAX_FOREIGN_CHARS = 1000;

export function foreignText(text: string | null): string | null {
  if (text === null) return null;
  return withoutKeys(text.length > MAX_FOREIGN_CHARS ? `${text.slice(0, MAX_FOREIGN_CHARS)}…` : text);
}
