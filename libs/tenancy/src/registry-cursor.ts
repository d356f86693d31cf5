// Where a page of the registry ended: the sort key of its last item and the list it belongs to. Opaque to whoever carries
// it; what comes back is checked like any other input.
import type { Listed, PageAsk } from './registry.ts';

const MAX_LENGTH = 500;
const MOST_ITEMS = 1_000;

interface PageTerms<Row, Item> {
  /** Name of the list: a cursor of another is refused. */
  readonly list: string;
  readonly ask: PageAsk;
  /** The sort key of a row, as texts. */
  readonly keyOf: (row: Row) => readonly string[];
  /** Whether such a sort key can have come from `keyOf`. */
  readonly isKey: (key: readonly string[]) => boolean;
  /** Rows after the key (null: from the start), in order, `count` at most. */
  readonly read: (after: readonly string[] | null, count: number) => Promise<readonly Row[]>;
  readonly itemOf: (row: Row) => Item;
}

/** One row more than asked is read: it tells whether there is a next page. */
export async function readPage<Row, Item>(terms: PageTerms<Row, Item>): Promise<Listed<Item>> {
  const { ask, list } = terms;
  const after = ask.cursor === null ? null : decode(ask.cursor, list);
  if (ask.cursor !== null && (after === null || !terms.isKey(after))) return 'invalid-cursor';
  const count = Math.min(Math.max(1, Math.trunc(ask.limit)), MOST_ITEMS);
  const rows = await terms.read(after, count + 1);
  const page = rows.slice(0, count);
  const last = page.at(-1);
  const hasMore = rows.length > count && last !== undefined;
  return { items: page.map(terms.itemOf), nextCursor: hasMore ? encode([list, ...terms.keyOf(last)]) : null };
}

const STAMP = /^(?!0000)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** A moment as the registry writes it: what JavaScript reads besides, PostgreSQL may not. */
export function isStamp(text: string): boolean {
  if (!STAMP.test(text)) return false;
  const ms = Date.parse(text);
  // It reads the 30th of February as the 2nd of March.
  return !Number.isNaN(ms) && new Date(ms).toISOString() === text;
}

function encode(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function decode(cursor: string, list: string): readonly string[] | null {
  if (cursor.length > MAX_LENGTH) return null;
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (!Array.isArray(parts) || !parts.every((part) => typeof part === 'string')) return null;
    const [name, ...key] = parts;
    return name === list ? key : null;
  } catch {
    return null;
  }
}
