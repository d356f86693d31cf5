// What may be asked of usage, as it stands in a query.
import * as z from 'zod';
import { USAGE_DIMENSIONS, type UsageDimension, type UsageQuery } from '#ledger';
import { keyIdSchema, tenantIdSchema } from '#tenancy';
import { askedDay, askedName, refuseBackwards } from '../answers/asked-values.ts';
import { pageQuery } from '../answers/page.ts';

const name = askedName(255);
const dimension = `(?:${USAGE_DIMENSIONS.join('|')})`;

export const usageQuery = z.strictObject({
  ...pageQuery,
  from: askedDay.exactOptional().describe('First day, UTC. Default: 29 days before `to`.'),
  to: askedDay.exactOptional().describe('Last day, included. Default: today.'),
  by: z
    .string()
    .regex(
      new RegExp(`^(?:${dimension}(?:,${dimension})*)?$`),
      `must be some of ${USAGE_DIMENSIONS.join(',')}`,
    )
    .refine((text) => new Set(text.split(',')).size === text.split(',').length, 'must name each once')
    .default('day')
    .describe('An item for each combination of these, in this order; empty: one item, the sum of all.'),
  tenant: tenantIdSchema.exactOptional(),
  key: keyIdSchema.exactOptional(),
  model: name.exactOptional(),
  pool: name.exactOptional(),
  format: z
    .enum(['json', 'csv'])
    .exactOptional()
    .describe('`csv` streams all items, as `accept: text/csv` does.'),
});
export type UsageQueryText = z.output<typeof usageQuery>;

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;

/** `nowMs` is the wall clock. Throws a Problem where the last day is before the first. */
export function toUsageQuery(query: UsageQueryText, nowMs: number): UsageQuery {
  const { from, to = dayOf(nowMs), by, tenant, key, model, pool } = query;
  const fromDay = from ?? dayOf(Math.max(0, Date.parse(to) - (DEFAULT_DAYS - 1) * DAY_MS));
  refuseBackwards(fromDay, to);
  return { fromDay, toDay: to, by: dimensionsOf(by), tenant, key, model, pool };
}

function dimensionsOf(by: string): readonly UsageDimension[] {
  const names = by.split(',');
  return names.flatMap((name) => USAGE_DIMENSIONS.filter((dimension) => dimension === name));
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
