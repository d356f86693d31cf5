// What has to be read before declared tenants can be compared with what is there.
import type { DeclaredTenants, PartAsk } from '#tenancy';

export function declaredPart({ plans, tenants }: DeclaredTenants): PartAsk {
  // Also the plans that tenants are put on and that are not declared here.
  const named = tenants.flatMap(({ plan }) => (typeof plan === 'string' ? [plan] : []));
  return {
    plans: [...new Set([...plans.map(({ name }) => name), ...named])],
    tenants: tenants.map(({ id }) => id),
    keys: tenants.flatMap(({ id, keys }) => keys.map(({ name }) => ({ tenant: id, name }))),
  };
}
