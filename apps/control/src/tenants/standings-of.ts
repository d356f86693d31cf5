// How a tenant's limits stand, by the same charges a request of it would be: nothing is taken.
import { type LimitsOfCaller, type Standing, untouchedCharges } from '#limits';
import { type ApiKey, effectivePolicy, type Plan, type Tenant } from '#tenancy';
import type { ControlPorts } from '../control-ports.ts';
import { Problem } from '../http/problem.ts';
import { found } from '../http/unwrap.ts';

export interface TenantStandings {
  readonly tenant: string;
  /** Whose own limits are among them. */
  readonly key: string | null;
  readonly items: readonly Standing[];
}

/** `nowMs` is the wall clock. Throws a Problem where there is no such tenant, or the key is not one of its. */
export async function standingsOf(
  { registry, limiter, pools }: ControlPorts,
  tenantId: string,
  keyId: string | null,
  nowMs: number,
): Promise<TenantStandings> {
  const tenant = found(await registry.tenant(tenantId), `tenant ${tenantId}`);
  const plan = tenant.plan === null ? null : await registry.plan(tenant.plan);
  const key = keyId === null ? null : found(await registry.key(keyId), `key ${keyId}`);
  if (key !== null && key.tenant !== tenantId)
    throw new Problem('not_found', `Tenant ${tenantId} has no key ${key.id}.`);
  const limits = limitsOf(tenant, plan, key);
  const charges = untouchedCharges(limits, { ...pools(), nowMs });
  const { id, isStrict, isPrepaid } = tenant;
  const items = await limiter.standings({ tenant: id, isStrict, isPrepaid }, charges);
  if (items.length < charges.length) {
    throw new Problem('unavailable', 'Redis, where limits are counted, does not answer.', {
      retryAfterMs: 1_000,
    });
  }
  return {
    tenant: id,
    key: keyId,
    items: items.map((item) => ({ ...item, resetMs: Math.ceil(item.resetMs) })),
  };
}

const NO_POLICY = { limits: {}, scopes: {} };

function limitsOf(tenant: Tenant, plan: Plan | null, key: ApiKey | null): LimitsOfCaller {
  const policy = effectivePolicy(plan ?? NO_POLICY, tenant, key ?? NO_POLICY);
  return {
    tenant: tenant.id,
    lineage: key?.lineage ?? '',
    tenantLimits: policy.tenantLimits,
    keyLimits: policy.keyLimits,
    maxPromptTokens: policy.scopes.maxPromptTokens,
    timeZone: tenant.timeZone,
  };
}
