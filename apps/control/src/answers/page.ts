// Lists come in pages: a cursor is good for the next one only with the same question.
import * as z from 'zod';
import type { Listed, Page, PageAsk } from '#tenancy';
import { Problem } from '../http/problem.ts';

const DEFAULT_LIMIT = 100;
const MOST = 1_000;

/** Members of every list's query. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MOST).default(DEFAULT_LIMIT).describe('Items of a page at most.'),
  cursor: z.string().min(1).max(500).exactOptional().describe('`nextCursor` of the page before.'),
};

export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('null: this is the last page.'),
  });
}

/** A list's query in the words of its port: the page, and what is left. */
export function askOf<Q extends { limit: number; cursor?: string }>({
  cursor,
  ...rest
}: Q): Omit<Q, 'cursor'> & PageAsk {
  return { ...rest, cursor: cursor ?? null };
}

/** A list's answer; a cursor that is none of ours is the caller's mistake. */
export function pageOrProblem<T>(page: Listed<T>): Page<T> {
  if (page !== 'invalid-cursor') return page;
  const message = 'is not the nextCursor of this list';
  throw new Problem('invalid_fields', `cursor: ${message}`, { errors: [{ path: 'cursor', message }] });
}
