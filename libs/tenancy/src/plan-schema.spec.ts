import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import type { Limits } from '#limits';
import type { KeyScopes } from './caller.ts';
import {
  declaredTenantsSchema,
  keyInputSchema,
  newTenantSchema,
  planInputSchema,
  tenantInputSchema,
} from './plan-schema.ts';
import { limitsSchema, partialLimitsSchema } from './plan-schema-limits.ts';
import { tenantIdSchema } from './plan-schema-names.ts';
import { partialScopesSchema, scopesSchema } from './plan-schema-scopes.ts';
import type { KeyInput, PlanInput, TenantInput } from './registry.ts';

/** What a schema says of a value: paths and messages; empty where it takes it. */
function wrongWith(schema: z.ZodType, value: unknown): string[] {
  const read = schema.safeParse(value);
  return read.success ? [] : read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

describe('schemas of what an administrator sends', () => {
  it('give exactly the types of the registry', () => {
    const limits: Limits = limitsSchema.parse({});
    const scopes: KeyScopes = scopesSchema.parse({});
    const some: Partial<Limits> = partialLimitsSchema.parse({});
    const rights: Partial<KeyScopes> = partialScopesSchema.parse({});
    const plan: PlanInput = planInputSchema.parse({});
    const tenant: TenantInput = tenantInputSchema.parse({});
    const key: KeyInput = keyInputSchema.parse({});
    expect([some, rights, plan, tenant, key]).toEqual([{}, {}, {}, {}, {}]);
    expect({ ...limits, ...scopes }).toMatchObject({ requestsPerMinute: null, budgets: [], models: null });
  });

  it.each([-1, 0, 1.5, 2 ** 53, Number.POSITIVE_INFINITY, Number.NaN, '5', true])(
    'refuse %p as a limit',
    (requestsPerMinute) => {
      expect(wrongWith(planInputSchema, { limits: { requestsPerMinute } })).toEqual([
        expect.stringMatching(/^limits\.requestsPerMinute: /),
      ]);
    },
  );

  it('take the largest exact integer as a limit, and null as none', () => {
    const limits = { requestsPerMinute: 2 ** 53 - 1, tokensPerMinute: null };
    expect(wrongWith(planInputSchema, { limits })).toEqual([]);
  });

  it('refuse two budgets of one period and unit, and name the second', () => {
    const budget = { period: 'day', unit: 'tokens', limit: 5 };
    const budgets = [budget, { ...budget, unit: 'money' }, { ...budget, limit: 6 }];
    expect(wrongWith(partialLimitsSchema, { budgets })).toEqual([
      'budgets.2: there is another budget of tokens a day',
    ]);
  });

  it.each([
    ['models', 'qwq-32b'],
    ['pools', 'default'],
    ['endpoints', 'chat'],
    ['cidrs', '10.0.0.0/8'],
    ['allowedFields', 'priority'],
  ])('take a thousand %s and no more', (name, value) => {
    const many = (length: number) => ({ [name]: Array.from({ length }, () => value) });
    expect(wrongWith(partialScopesSchema, many(1_000))).toEqual([]);
    expect(wrongWith(partialScopesSchema, many(1_001))).toEqual([expect.stringContaining(name)]);
  });

  it.each([
    "x'; DROP TABLE tenant; --",
    'Acme',
    'асме',
    'acme\n',
    'a b',
    '',
    '-a',
    'a'.repeat(64),
    'acme\u0000',
    'ａcme',
  ])('refuse %j as the id of a tenant', (id) => {
    expect(wrongWith(tenantIdSchema, id)).toHaveLength(1);
  });

  it.each(['\u0000', 'a\u202eb', 'a\u200bb', 'a\nb', ' a', '\ud800', 'x'.repeat(201), ''])(
    'refuse %j as a displayed name',
    (displayName) => {
      expect(wrongWith(tenantInputSchema, { displayName }).length).toBeGreaterThan(0);
    },
  );

  it("take people's names as they are written, SQL too, and store one form of the same text", () => {
    expect(tenantInputSchema.parse({ displayName: "O'Brien'); DROP TABLE tenant; --" })).toEqual({
      displayName: "O'Brien'); DROP TABLE tenant; --",
    });
    expect(tenantInputSchema.parse({ displayName: 'Zu\u0308rich 👩‍🚀' }).displayName).toBe(
      'Z\u00fcrich 👩‍🚀',
    );
  });

  it.each(['Mars/Olympus', '+01:00', '', 'Europe/Berlin; --', 'Europe//Berlin'])(
    'refuse %j as a time zone',
    (timeZone) => {
      expect(wrongWith(tenantInputSchema, { timeZone })).toHaveLength(1);
    },
  );

  it.each(['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'])(
    'take %j as a time zone',
    (timeZone) => {
      expect(wrongWith(tenantInputSchema, { timeZone })).toEqual([]);
    },
  );

  it.each([
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '127.1/8',
    '010.0.0.0/8',
    '0x0a.0.0.0/8',
    '10.0.0.1/8',
    '2001:db8::1/32',
    '2001:db8::/129',
    '::ffff:10.0.0.0/104',
    'fe80::1%eth0/64',
    'localhost/8',
    '/8',
    '',
  ])('refuse %j as a range of addresses', (cidr) => {
    expect(wrongWith(keyInputSchema, { scopes: { cidrs: [cidr] } })).toEqual([
      expect.stringMatching(/^scopes\.cidrs\.0: /),
    ]);
  });

  it.each(['0.0.0.0/0', '10.0.0.0/8', '10.1.2.3/32', '::/0', '2001:db8::/32', '2001:DB8::1/128'])(
    'take %j as a range of addresses',
    (cidr) => {
      expect(wrongWith(keyInputSchema, { scopes: { cidrs: [cidr] } })).toEqual([]);
    },
  );

  it('say which range was meant when bits are set after the prefix', () => {
    expect(wrongWith(keyInputSchema, { scopes: { cidrs: ['10.1.2.3/8'] } })).toEqual([
      'scopes.cidrs.0: has bits set after the prefix: either 10.0.0.0/8 or 10.1.2.3/32 is meant',
    ]);
  });

  it('refuse members nobody asked for', () => {
    expect(wrongWith(newTenantSchema, { id: 'acme', Plan: 'standard' })).toHaveLength(1);
    expect(wrongWith(planInputSchema, { limits: { rpm: 5 } })).toHaveLength(1);
  });

  it('refuse a member that is there without a value', () => {
    expect(wrongWith(tenantInputSchema, { plan: undefined })).toHaveLength(1);
  });

  it('read declared tenants, and refuse one that stands there twice', () => {
    const declared = {
      plans: [{ name: 'standard', limits: { requestsPerMinute: 600 }, scopes: { maxWindowTokens: 65_536 } }],
      tenants: [{ id: 'acme', plan: 'standard', keys: [{ name: 'ci', environment: 'test' }] }],
    };
    expect(declaredTenantsSchema.parse(declared).plans[0]?.limits?.budgets).toEqual([]);
    expect(wrongWith(declaredTenantsSchema, { tenants: [{ id: 'acme' }, { id: 'acme' }] })).toEqual([
      'tenants.1.id: acme stands here twice',
    ]);
  });

  it('can be shown as JSON Schema', () => {
    expect(z.toJSONSchema(newTenantSchema, { io: 'input' })).toMatchObject({ required: ['id'] });
  });
});
