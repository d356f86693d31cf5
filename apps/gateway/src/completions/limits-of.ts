// A caller's limits, as the limits library wants to hear of them.
import type { LimitsOfCaller } from '#limits';
import type { Caller } from '#tenancy';

const known = new WeakMap<Caller, LimitsOfCaller>();

/** The same for the same caller: what is made of it once is found again by it. */
export function limitsOf(caller: Caller): LimitsOfCaller {
  const limits = known.get(caller);
  if (limits !== undefined) return limits;
  const { tenant, lineage, tenantLimits, keyLimits, timeZone, scopes } = caller;
  const fresh = {
    tenant,
    lineage,
    tenantLimits,
    keyLimits,
    maxPromptTokens: scopes.maxPromptTokens,
    timeZone,
  };
  known.set(caller, fresh);
  return fresh;
}
