// What a plan, a tenant or a key may use, as options: the same names and words for all three.
import { type Command, InvalidArgumentError } from 'commander';
import type { LimitsAnswer } from '../admin/answers.ts';
import { wholeNumber } from './parse-values.ts';

/** A value, no limit at all, or what the plan (of a tenant) or the tenant (of a key) has. */
export type Setting<T> = { readonly set: T | null } | 'inherit';

interface Budget {
  readonly period: string;
  readonly unit: string;
  readonly limit: number;
}

const COUNTS = [
  ['requestsPerMinute', '--requests-per-minute', 'requests a minute'],
  ['tokensPerMinute', '--tokens-per-minute', 'tokens a minute, input and output together'],
  ['inputTokensPerMinute', '--input-tokens-per-minute', 'prompt tokens a minute'],
  ['outputTokensPerMinute', '--output-tokens-per-minute', 'generated tokens a minute'],
  ['concurrentRequests', '--concurrent-requests', 'requests that run at once'],
  ['concurrentKvTokens', '--concurrent-kv-tokens', 'KV tokens of running requests'],
] as const;

type CountName = (typeof COUNTS)[number][0];

export type LimitOptions = { readonly [Name in CountName]?: Setting<number> } & {
  readonly budget?: readonly (Budget | 'none' | 'inherit')[];
};

export const LIMIT_WORDS = 'A limit is a count, none (no limit) or inherit (of the plan or tenant).';

export function addLimitOptions(command: Command): Command {
  for (const [, flag, description] of COUNTS) command.option(`${flag} <count>`, description, count);
  return command.option(
    '--budget <period:unit:limit>',
    'day or month, tokens or money (millionths), as in month:tokens:500000000; repeat for several; replaces those there are',
    budgets,
  );
}

/** `current` with what the options name changed. */
export function withLimits(current: LimitsAnswer, options: LimitOptions): LimitsAnswer {
  const limits: LimitsAnswer = { ...current };
  for (const [name] of COUNTS) {
    const setting = options[name];
    if (setting === 'inherit') delete limits[name];
    else if (setting !== undefined) limits[name] = setting.set;
  }
  const given = options.budget ?? [];
  if (given.includes('inherit')) delete limits.budgets;
  else if (given.length > 0)
    limits.budgets = given.flatMap((budget) => (typeof budget === 'string' ? [] : [{ ...budget }]));
  return limits;
}

function count(text: string): Setting<number> {
  if (text === 'inherit') return 'inherit';
  if (text === 'none') return { set: null };
  return { set: wholeNumber(text) };
}

function budgets(text: string, before: LimitOptions['budget'] = []): LimitOptions['budget'] {
  const budget = text === 'none' || text === 'inherit' ? text : oneBudget(text);
  if (before.length > 0 && (typeof budget === 'string' || before.some((other) => typeof other === 'string')))
    throw new InvalidArgumentError('"none" and "inherit" stand alone.');
  return [...before, budget];
}

function oneBudget(text: string): Budget {
  const [, period, unit, limit] = /^(day|month):(tokens|money):(\d+)$/.exec(text) ?? [];
  if (period === undefined || unit === undefined || limit === undefined)
    throw new InvalidArgumentError('It must be as in month:tokens:500000000 or day:money:20000000.');
  return { period, unit, limit: wholeNumber(limit) };
}
