// A tenant's own usage, read from the ledger's daily sums. Rows still on their way to the database are not in it yet.
import { USAGE_DIMENSIONS, type UsageDimension, type UsageQueries, type UsageRow } from '#ledger';
import { Fault, invalid } from '#protocol';
import type { Caller } from '#tenancy';
import { refuseUnknownParameters } from './refuse-unknown-parameters.ts';

/** The query string; each member once and no other, or it is refused. */
export interface UsageAsked {
  readonly from?: unknown;
  readonly to?: unknown;
  readonly by?: unknown;
  readonly cursor?: unknown;
  readonly limit?: unknown;
}

interface UsageAnswer {
  readonly object: 'list';
  readonly from: string;
  readonly to: string;
  readonly data: readonly OwnUsage[];
  readonly next_cursor: string | null;
}

interface OwnUsage {
  readonly day?: string;
  readonly key?: string;
  readonly model?: string;
  readonly pool?: string;
  readonly requests: number;
  readonly prompt_tokens: number;
  readonly cached_tokens: number;
  readonly completion_tokens: number;
  readonly reasoning_tokens: number;
  readonly weighted_tokens: number;
  /** Millionths of the currency of the price table. */
  readonly cost_micro: number;
}

const PARAMETERS = ['from', 'to', 'by', 'cursor', 'limit'] as const satisfies readonly (keyof UsageAsked)[];
const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
const DEFAULT_ITEMS = 1_000;
const OWN_DIMENSIONS = USAGE_DIMENSIONS.filter((dimension) => dimension !== 'tenant');

/** Rejects with Fault `invalid_request` naming the parameter, `not_found` where no usage is recorded, or `usage_unavailable`. */
export async function ownUsage(
  caller: Caller,
  asked: UsageAsked,
  usage: UsageQueries | null,
  nowMs: number,
): Promise<UsageAnswer> {
  if (usage === null)
    throw new Fault('not_found', { message: 'This gateway records no usage: it has no database.' });
  refuseUnknownParameters(asked, PARAMETERS);
  const toDay = dayOf('to', asked.to, nowMs);
  const fromDay = dayOf('from', asked.from, Math.max(0, Date.parse(toDay) - (DEFAULT_DAYS - 1) * DAY_MS));
  if (fromDay > toDay) throw invalid('from', "'from' must not be after 'to'.");
  const query = { fromDay, toDay, by: dimensionsOf(asked.by), tenant: caller.tenant };
  const ask = { limit: limitOf(asked.limit), cursor: cursorOf(asked.cursor) };
  const page = await usage.usage(query, ask).catch((cause: unknown) => {
    throw new Fault('usage_unavailable', { retryAfterMs: 1_000, cause });
  });
  if (page === 'invalid-cursor')
    throw invalid('cursor', "'cursor' is not one of ours: leave it out to begin anew.");
  return {
    object: 'list',
    from: fromDay,
    to: toDay,
    data: page.items.map(ownRow),
    next_cursor: page.nextCursor,
  };
}

function ownRow(row: UsageRow): OwnUsage {
  const { day, key, model, pool } = row;
  return {
    ...(day === undefined ? {} : { day }),
    ...(key === undefined ? {} : { key }),
    ...(model === undefined ? {} : { model }),
    ...(pool === undefined ? {} : { pool }),
    requests: row.requests,
    prompt_tokens: row.promptTokens,
    cached_tokens: row.cachedTokens,
    completion_tokens: row.completionTokens,
    reasoning_tokens: row.reasoningTokens,
    weighted_tokens: row.weightedTokens,
    cost_micro: row.costMicro,
  };
}

/** UTC days, as the sums are kept. */
function dayOf(name: string, value: unknown, fallbackMs: number): string {
  if (value === undefined) return new Date(fallbackMs).toISOString().slice(0, 10);
  // From 1970 on: the years of PostgreSQL begin with 1, those of JavaScript with 0.
  const isDay = typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && value >= '1970';
  if (isDay && !Number.isNaN(Date.parse(value)) && new Date(value).toISOString().startsWith(value))
    return value;
  throw invalid(name, `'${name}' must be a day such as 2026-11-23.`);
}

function dimensionsOf(value: unknown): readonly UsageDimension[] {
  if (value === undefined) return ['day', 'model', 'pool'];
  const names = typeof value === 'string' ? value.split(',').filter((name) => name !== '') : null;
  const known = names?.flatMap((name) => OWN_DIMENSIONS.find((dimension) => dimension === name) ?? []) ?? [];
  if (names !== null && known.length === names.length && new Set(known).size === known.length) return known;
  throw invalid('by', `'by' must be some of ${OWN_DIMENSIONS.join(', ')}, each once, with commas between.`);
}

function limitOf(value: unknown): number {
  if (value === undefined) return DEFAULT_ITEMS;
  const limit = typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : 0;
  if (limit >= 1 && limit <= DEFAULT_ITEMS) return limit;
  throw invalid('limit', `'limit' must be 1 to ${DEFAULT_ITEMS}.`);
}

function cursorOf(value: unknown): string | null {
  if (value === undefined) return null;
  if (typeof value === 'string') return value;
  throw invalid('cursor', "'cursor' must be given once.");
}
