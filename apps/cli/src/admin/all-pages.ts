// A list that comes in pages, as one.
import type * as z from 'zod';
import type { AdminClient } from './admin-client.ts';
import { pageOf, understood } from './answers.ts';

/** What the API gives at most at once. */
const PAGE_ITEMS = 1_000;

interface ListAsk<Item> {
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly item: z.ZodType<Item>;
  /** How many at most; all when left out. */
  readonly limit?: number;
}

/** In the API's order. Stops asking once it has `limit` items. */
export async function allPages<Item>(client: AdminClient, ask: ListAsk<Item>): Promise<readonly Item[]> {
  const { path, query, item, limit = Number.POSITIVE_INFINITY } = ask;
  const items: Item[] = [];
  let cursor: string | undefined;
  while (items.length < limit) {
    const size = String(Math.min(PAGE_ITEMS, limit - items.length));
    const answer = await client.json({ method: 'GET', path, query: { ...query, limit: size, cursor } });
    const page = understood(pageOf(item), answer);
    items.push(...page.items);
    if (page.nextCursor === null || page.items.length === 0) break;
    cursor = page.nextCursor;
  }
  return items.slice(0, limit);
}
