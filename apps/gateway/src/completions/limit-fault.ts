// A limiter's refusal as the caller hears it: which limit, how much is left, when to come back.
import type { Denial, LimitKind, LimitScope, Standing } from '#limits';
import { Fault, type RefusingLimit } from '#protocol';

/** A place is free when any running request ends: nobody knows when, so soon. */
const PLACE_RETRY_MS = 1_000;
/** Up to so much is added to a wait, so that those refused together do not come back together. */
const JITTER = 0.1;

const NOUNS: Record<LimitKind, string> = {
  requests: 'requests a minute',
  tokens: 'tokens a minute',
  input_tokens: 'input tokens a minute',
  output_tokens: 'output tokens a minute',
  concurrent_requests: 'requests at once',
  concurrent_kv_tokens: 'KV-cache tokens (prompt and output budget) at once',
  day_budget: 'a day',
  month_budget: 'a month',
};

const UNITS = { tokens: 'tokens', money: 'millionths of the currency' } as const;

const OWNERS: Record<LimitScope, string> = { tenant: 'your organisation', key: 'this API key' };

/** Sets `x-should-retry: false` where coming back soon is of no use: the openai clients would try again otherwise. */
export function limitFault(denial: Denial, headers: Record<string, string>, random = Math.random): Fault {
  if (denial.why === 'away') return new Fault('limits_unavailable', { retryAfterMs: denial.retryAfterMs });
  const { denied } = denial;
  const limit = nameOf(denied);
  if (denial.why === 'never') return tooSmall(denied, denial.cost);
  if (isBudget(denied)) {
    headers['x-should-retry'] = 'false';
    return new Fault('insufficient_quota', { message: budgetText(denied), limit });
  }
  const isPlace = denied.kind === 'concurrent_requests' || denied.kind === 'concurrent_kv_tokens';
  const waitMs = isPlace ? PLACE_RETRY_MS : denial.retryAfterMs;
  const retryAfterMs = waitMs * (1 + JITTER * random());
  return new Fault('rate_limit_exceeded', {
    message:
      `Rate limit reached: ${OWNERS[denied.scope]} may use ${denied.limit} ${NOUNS[denied.kind]}, ` +
      `and ${denied.remaining} ${denied.remaining === 1 ? 'is' : 'are'} left now. ` +
      `Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`,
    retryAfterMs,
    limit,
  });
}

function nameOf({ kind, scope, unit }: Standing): RefusingLimit {
  return { kind, scope, unit };
}

function tooSmall(denied: Standing, cost: number): Fault {
  const { kind, scope, limit } = denied;
  const unit = isBudget(denied)
    ? `a budget of ${limit} ${UNITS[denied.unit ?? 'tokens']} ${NOUNS[kind]}`
    : `${limit} ${NOUNS[kind]}`;
  return new Fault('limit_too_small', {
    message:
      `This request costs ${cost}, and ${OWNERS[scope]} has ${unit}: it can never be granted. ` +
      'Shorten the prompt, ask for less output, or ask your platform team for a larger limit.',
    limit: nameOf(denied),
  });
}

function isBudget({ kind }: Standing): boolean {
  return kind === 'day_budget' || kind === 'month_budget';
}

function budgetText({ kind, scope, unit, limit, remaining, resetMs }: Standing): string {
  const until = secondText(Date.now() + resetMs);
  return (
    `You exceeded your quota: ${OWNERS[scope]} has a budget of ${limit} ${UNITS[unit ?? 'tokens']} ${NOUNS[kind]}, ` +
    `and ${remaining} is left. ` +
    `It begins anew at ${until}. Retrying before that does not help.`
  );
}

/** A period begins on a second; the rest is what has passed since the limiter looked at its clock. */
function secondText(atMs: number): string {
  return new Date(Math.round(atMs / 1_000) * 1_000).toISOString().replace('.000Z', 'Z');
}
