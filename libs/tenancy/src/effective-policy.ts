// What a key may do in the end: its plan's policy, with what its tenant has of its own in its place, narrowed by the key. A
// key can only narrow: whatever a key names that its tenant may not do, it may not do either.
import { type Limits, NO_LIMITS } from '#limits';
import { type KeyScopes, NO_SCOPES } from './caller.ts';
import { commonRanges } from './common-ranges.ts';

/** As plans, tenants and keys carry it. Absent members say nothing. */
export interface Policy {
  readonly limits?: Partial<Limits>;
  readonly scopes?: Partial<KeyScopes>;
}

interface EffectivePolicy {
  /** Counted for all keys of the tenant together. */
  readonly tenantLimits: Limits;
  /** Counted for the key's lineage beside them: both have to grant, so these can only narrow. */
  readonly keyLimits: Limits;
  readonly scopes: KeyScopes;
}

export function effectivePolicy(plan: Policy, tenant: Policy, key: Policy): EffectivePolicy {
  return {
    tenantLimits: effectiveLimits(plan, tenant),
    keyLimits: { ...NO_LIMITS, ...key.limits },
    scopes: effectiveScopes(plan, tenant, key),
  };
}

/** The tenant's members replace the plan's, one by one; null lifts a limit of the plan. */
export function effectiveLimits(plan: Policy, tenant: Policy): Limits {
  return { ...NO_LIMITS, ...plan.limits, ...tenant.limits };
}

export function effectiveScopes(plan: Policy, tenant: Policy, key: Policy): KeyScopes {
  const wide: KeyScopes = { ...NO_SCOPES, ...plan.scopes, ...tenant.scopes };
  const own: KeyScopes = { ...NO_SCOPES, allowedFields: wide.allowedFields, ...key.scopes };
  return {
    models: common(wide.models, own.models),
    pools: common(wide.pools, own.pools),
    maxWindowTokens: smaller(wide.maxWindowTokens, own.maxWindowTokens),
    maxPromptTokens: smaller(wide.maxPromptTokens, own.maxPromptTokens),
    maxOutputTokens: smaller(wide.maxOutputTokens, own.maxOutputTokens),
    endpoints: common(wide.endpoints, own.endpoints),
    cidrs:
      wide.cidrs === null || own.cidrs === null
        ? (wide.cidrs ?? own.cidrs)
        : commonRanges(wide.cidrs, own.cidrs),
    allowedFields: wide.allowedFields.filter((field) => own.allowedFields.includes(field)),
  };
}

/** null is everything; an empty list is nothing, and stays so. */
function common<Item>(wide: readonly Item[] | null, own: readonly Item[] | null): readonly Item[] | null {
  if (wide === null || own === null) return wide ?? own;
  return wide.filter((item) => own.includes(item));
}

function smaller(wide: number | null, own: number | null): number | null {
  if (wide === null || own === null) return wide ?? own;
  return Math.min(wide, own);
}
