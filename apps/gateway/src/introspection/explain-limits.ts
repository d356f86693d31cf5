// What a caller may spend and what is left of it: its tenant's limits and its key's own, as they stand now.
import { type LimitKind, type LimitScope, untouchedCharges } from '#limits';
import type { Caller } from '#tenancy';
import { largestWindow } from '../completions/largest-window.ts';
import { limitsOf } from '../completions/limits-of.ts';
import type { ServePorts } from '../completions/serve-ports.ts';

interface LimitsAnswer {
  readonly tenant: string;
  readonly key: string;
  readonly environment: 'live' | 'test';
  readonly limits: readonly {
    readonly kind: LimitKind;
    /** Shared by all keys of the tenant, or of this key alone. */
    readonly scope: LimitScope;
    /** Of a budget: tokens, or money in millionths of the currency. */
    readonly unit: 'tokens' | 'money' | null;
    readonly limit: number;
    readonly remaining: number;
    /** Until the whole is free again; 0 for what is held by running requests. */
    readonly reset_ms: number;
  }[];
  readonly scopes: {
    readonly models: readonly string[] | null;
    readonly pools: readonly string[] | null;
    readonly max_window_tokens: number | null;
    readonly max_prompt_tokens: number | null;
    readonly max_output_tokens: number | null;
    readonly endpoints: readonly string[] | null;
  };
}

export async function explainLimits(
  caller: Caller,
  { limiter, pricing, fleet }: Pick<ServePorts, 'limiter' | 'pricing' | 'fleet'>,
): Promise<LimitsAnswer> {
  const charges = untouchedCharges(limitsOf(caller), {
    largestWindowTokens: largestWindow(fleet),
    largestPoolWeight: pricing.largestWeight,
    nowMs: Date.now(),
  });
  const { tenant, scopes } = caller;
  const standings = await limiter.standings(caller, charges);
  return {
    tenant,
    key: caller.keyId,
    environment: caller.environment,
    limits: standings.map(({ kind, scope, unit, limit, remaining, resetMs }) => ({
      kind,
      scope,
      unit,
      limit,
      remaining,
      reset_ms: Math.ceil(resetMs),
    })),
    scopes: {
      models: scopes.models,
      pools: scopes.pools,
      max_window_tokens: scopes.maxWindowTokens,
      max_prompt_tokens: scopes.maxPromptTokens,
      max_output_tokens: scopes.maxOutputTokens,
      endpoints: scopes.endpoints,
    },
  };
}
