// Why a running answer of a prepaid tenant was cut: the reason its signal aborts with.
import { Fault } from '#protocol';
import type { BudgetCharge } from './limiter.ts';

export function budgetUsedUp({ kind, scope, unit, limit }: BudgetCharge): Fault {
  const period = kind === 'day_budget' ? 'day' : 'month';
  const amount = unit === 'tokens' ? `${limit} tokens` : `${limit} millionths of the currency`;
  return new Fault('insufficient_quota', {
    message: `The budget of this ${scope} for the ${period} (${amount}) is used up; the answer was cut.`,
    limit: { kind, scope, unit },
  });
}
