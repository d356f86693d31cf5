import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { type KeyScopes, NO_SCOPES } from './caller.ts';
import { effectiveLimits, effectivePolicy, effectiveScopes, type Policy } from './effective-policy.ts';

const names = fc.option(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd')));
const tokens = fc.option(fc.integer({ min: 1, max: 9 }));
const range = fc.tuple(fc.nat(3), fc.nat(3), fc.integer({ min: 0, max: 32 })).map(([high, low, bits]) => {
  const network = ipaddr.IPv4.networkAddressFromCIDR(`${high}.0.0.${low}/${bits}`);
  return `${network.toString()}/${bits}`;
});
const endpoints = fc.option(
  fc.uniqueArray(fc.constantFrom('chat' as const, 'text' as const, 'route' as const)),
);
const scopes: fc.Arbitrary<Partial<KeyScopes>> = fc.record(
  {
    models: names,
    pools: names,
    maxWindowTokens: tokens,
    maxPromptTokens: tokens,
    maxOutputTokens: tokens,
    endpoints,
    cidrs: fc.option(fc.array(range, { maxLength: 4 })),
    allowedFields: fc.uniqueArray(fc.constantFrom('priority', 'cache_salt', 'chat_template')),
  },
  { requiredKeys: [] },
);
const policy: fc.Arbitrary<Policy> = fc.record({ scopes }, { requiredKeys: [] });

/** Something a caller may try. */
const attempt = fc.record({
  model: fc.constantFrom('a', 'b', 'c', 'd'),
  pool: fc.constantFrom('a', 'b', 'c', 'd'),
  windowTokens: fc.integer({ min: 1, max: 10 }),
  promptTokens: fc.integer({ min: 1, max: 10 }),
  outputTokens: fc.integer({ min: 1, max: 10 }),
  endpoint: fc.constantFrom('chat' as const, 'text' as const, 'route' as const),
  address: fc.tuple(fc.nat(3), fc.nat(3)).map(([high, low]) => `${high}.0.0.${low}`),
  field: fc.constantFrom('priority', 'cache_salt', 'chat_template'),
});
type Attempt = typeof attempt extends fc.Arbitrary<infer A> ? A : never;

/** What the scopes say to it, member by member: the meaning of scopes in one place, independent of how they are merged. */
function verdicts(scopes: KeyScopes, tried: Attempt): Readonly<Record<keyof KeyScopes, boolean>> {
  const within = (most: number | null, asked: number) => most === null || asked <= most;
  const among = <Item>(list: readonly Item[] | null, item: Item) => list === null || list.includes(item);
  const address = ipaddr.IPv4.parse(tried.address);
  return {
    models: among(scopes.models, tried.model),
    pools: among(scopes.pools, tried.pool),
    maxWindowTokens: within(scopes.maxWindowTokens, tried.windowTokens),
    maxPromptTokens: within(scopes.maxPromptTokens, tried.promptTokens),
    maxOutputTokens: within(scopes.maxOutputTokens, tried.outputTokens),
    endpoints: among(scopes.endpoints, tried.endpoint),
    cidrs: scopes.cidrs === null || scopes.cidrs.some((cidr) => address.match(ipaddr.IPv4.parseCIDR(cidr))),
    allowedFields: scopes.allowedFields.includes(tried.field),
  };
}

describe('what a key may do', () => {
  it('is what its tenant may do and the key itself allows, neither more nor less', () => {
    fc.assert(
      fc.property(policy, policy, policy, attempt, (plan, tenant, key, tried) => {
        const wide = effectiveScopes(plan, tenant, {});
        const whole = verdicts(effectiveScopes(plan, tenant, key), tried);
        const byTenant = verdicts(wide, tried);
        const byKey = verdicts({ ...NO_SCOPES, allowedFields: wide.allowedFields, ...key.scopes }, tried);
        const both = Object.entries(byTenant).map(([name, allows]) => [
          name,
          allows && Reflect.get(byKey, name),
        ]);
        expect(whole).toEqual(Object.fromEntries(both));
      }),
      { numRuns: 500 },
    );
  });

  it('is nothing where tenant and key have nothing in common, and not everything', () => {
    const tenant: Policy = { scopes: { models: ['a'], cidrs: ['10.0.0.0/8'] } };
    const key: Policy = { scopes: { models: ['b'], cidrs: ['2001:db8::/32', '11.0.0.0/8'] } };
    expect(effectiveScopes({}, tenant, key)).toMatchObject({ models: [], cidrs: [] });
  });

  it('keeps the narrower one of two ranges, v4 and v6', () => {
    const tenant: Policy = { scopes: { cidrs: ['10.0.0.0/8', '2001:db8::/32'] } };
    const key: Policy = { scopes: { cidrs: ['10.1.0.0/16', '2001:db8:1::/48', '0.0.0.0/0'] } };
    expect(effectiveScopes({}, tenant, key).cidrs).toEqual(['10.1.0.0/16', '10.0.0.0/8', '2001:db8:1::/48']);
  });

  it('lets a tenant replace what its plan says, member by member, null lifting a limit', () => {
    const plan: Policy = { limits: { requestsPerMinute: 5, tokensPerMinute: 6 }, scopes: { models: ['a'] } };
    const tenant: Policy = { limits: { requestsPerMinute: null }, scopes: { models: ['a', 'b'] } };
    expect(effectiveLimits(plan, tenant)).toMatchObject({ requestsPerMinute: null, tokensPerMinute: 6 });
    expect(effectiveScopes(plan, tenant, {}).models).toEqual(['a', 'b']);
  });

  it("has a key's limits beside its tenant's, never in their place", () => {
    const { tenantLimits, keyLimits } = effectivePolicy(
      { limits: { requestsPerMinute: 5 } },
      {},
      { limits: { requestsPerMinute: 500 } },
    );
    expect([tenantLimits.requestsPerMinute, keyLimits.requestsPerMinute]).toEqual([5, 500]);
  });
});
