// What a budget has used, from the ledger: for shared counters that lost their sum. Whole UTC days come from the daily
// sums; only the parts of days at both ends (the tenant's time zone) are added up row by row.
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '#database';
import { WEIGHTED_TOKENS } from './insert-rows.ts';

const DAY_MS = 86_400_000;

type Unit = 'tokens' | 'money';

/** `BudgetTruth` of the limits. Rows still in an outbox are not in it: at most some seconds. */
export class LedgerBudgetTruth {
  readonly #database: Database;
  readonly #isBehind: () => boolean;

  /** `isBehind`: more than that are missing, because the database was away. */
  constructor(database: Database, isBehind: () => boolean = () => false) {
    this.#database = database;
    this.#isBehind = isBehind;
  }

  /** Rejects while nobody can know, which is what the limits make of a database that does not answer. */
  async used(
    tenant: string,
    lineage: string | null,
    unit: Unit,
    fromMs: number,
    untilMs: number,
    signal: AbortSignal,
  ): Promise<number> {
    signal.throwIfAborted();
    if (this.#isBehind()) throw new Error('Rows of the ledger are still on their way to the database.');
    const { days, parts } = splitDays(fromMs, untilMs);
    const whose =
      lineage === null ? sql`tenant = ${tenant}` : sql`tenant = ${tenant} and lineage = ${lineage}`;
    const sums = parts.map((part) => sumOfRows(unit, whose, part));
    if (days !== null) sums.push(sumOfDays(unit, whose, days));
    if (sums.length === 0) return 0;
    const { rows } = await sql<{ used: number }>`
      select sum(used)::float8 as used from (${sql.join(sums, sql` union all `)}) as parts`.execute(
      this.#database.sql,
    );
    return rows[0]?.used ?? 0;
  }
}

interface Span {
  readonly fromMs: number;
  /** Not included. */
  readonly untilMs: number;
}

/** Whole days, and what is left of the span before and after them. */
function splitDays(fromMs: number, untilMs: number): { days: Span | null; parts: readonly Span[] } {
  const firstDayMs = Math.ceil(fromMs / DAY_MS) * DAY_MS;
  const lastDayMs = Math.floor(untilMs / DAY_MS) * DAY_MS;
  if (firstDayMs >= lastDayMs) return { days: null, parts: spans([fromMs, untilMs]) };
  const days = { fromMs: firstDayMs, untilMs: lastDayMs };
  return { days, parts: spans([fromMs, firstDayMs], [lastDayMs, untilMs]) };
}

function spans(...pairs: readonly (readonly [number, number])[]): readonly Span[] {
  return pairs.filter(([from, until]) => from < until).map(([fromMs, untilMs]) => ({ fromMs, untilMs }));
}

function sumOfRows(unit: Unit, whose: RawBuilder<unknown>, { fromMs, untilMs }: Span): RawBuilder<unknown> {
  const amount = unit === 'tokens' ? WEIGHTED_TOKENS : sql`cost_micro`;
  return sql`select coalesce(sum(${amount}), 0) as used from ledger
    where ${whose} and started_at >= ${iso(fromMs)}::timestamptz and started_at < ${iso(untilMs)}::timestamptz`;
}

function sumOfDays(unit: Unit, whose: RawBuilder<unknown>, { fromMs, untilMs }: Span): RawBuilder<unknown> {
  const amount = unit === 'tokens' ? sql`weighted_tokens` : sql`cost_micro`;
  return sql`select coalesce(sum(${amount}), 0) as used from usage_daily
    where ${whose} and day >= ${iso(fromMs).slice(0, 10)}::date and day < ${iso(untilMs).slice(0, 10)}::date`;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
