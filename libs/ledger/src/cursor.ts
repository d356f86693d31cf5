// Where a page ended: the sort key of its last item. Opaque to whoever carries it; what comes back is checked.
import { Buffer } from 'node:buffer';

export interface Page<Item> {
  readonly items: readonly Item[];
  /** null: that was the last page. */
  readonly nextCursor: string | null;
}

export function encodeCursor(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** null when it is not one of ours with so many parts. */
export function decodeCursor(cursor: string, length: number): readonly string[] | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    const isOurs = Array.isArray(parts) && parts.length === length && parts.every(isStorable);
    return isOurs ? parts : null;
  } catch {
    return null;
  }
}

const STAMP = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A moment as records have it: what JavaScript reads besides, PostgreSQL may not. */
export function isStamp(text: string | undefined): boolean {
  if (text === undefined || !STAMP.test(text)) return false;
  const ms = Date.parse(text);
  // It reads the 30th of February as the 2nd of March.
  return !Number.isNaN(ms) && new Date(ms).toISOString() === text;
}

/** A text of PostgreSQL holds no NUL. */
function isStorable(part: unknown): part is string {
  return typeof part === 'string' && !part.includes('\0');
}
