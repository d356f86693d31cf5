import { describe, expect, it } from '@jest/globals';
import { type Limits, MemoryLimiter, NO_LIMITS, requestCharges } from '#limits';
import { Fault } from '#protocol';
import { aCaller } from '../models/model-under-test.ts';
import { aPool } from '../parking/parking-lot-under-test.ts';
import { limitsOf } from './limits-of.ts';
import { Pricing } from './pricing.ts';
import { type Going, Spending } from './spending.ts';

const TENANT = { tenant: 'acme', isStrict: false, isPrepaid: false };

function aDoor(limits: Partial<Limits>, usual: number | null = null, isLater = false) {
  const limiter = new MemoryLimiter({ nowUs: () => 1_000_000 });
  const seen: number[] = [];
  const caller = aCaller({ tenantLimits: { ...NO_LIMITS, ...limits } });
  const pricing = new Pricing({ prices: [], tokenWeights: new Map([['yarn-4', 2]]) });
  const ports = {
    limiter,
    pricing,
    outputEstimate: { tokens: () => usual, observe: (_t: string, _m: string, n: number) => seen.push(n) },
    fleet: { snapshot: () => ({ pools: [aPool('default', { windowTokens: 1_000 })] }) },
    settings: { unstatedOutputTokens: 2_048 },
  };
  let next = 0;
  const open = (chargedTokens: number, answers = 1) => {
    const headers: Record<string, string> = {};
    const measured = { promptTokens: chargedTokens, chargedTokens, answers, isWhole: true, chain: null };
    const onExhausted = () => undefined;
    const requestId = `r${next++}`;
    return {
      headers,
      spending: new Spending(ports, {
        requestId,
        caller,
        model: 'm',
        measured,
        taken: [],
        takenAtMs: 0,
        later: isLater ? requestCharges(limitsOf(caller)) : [],
        startedMs: 0,
        headers,
        onExhausted,
      }),
    };
  };
  return { open, seen, limiter };
}

const going = (terms: Partial<Going> = {}, outputBudget = 100): Going => ({
  phase: 'running',
  pool: 'default',
  demand: { promptTokens: 10, outputBudget, outputBudgetSource: 'max_tokens', tokens: 10 + outputBudget },
  ...terms,
});

const left = (headers: Record<string, string>, what: string) =>
  Number(headers[`x-ratelimit-remaining-${what}`]);

describe('what a request holds', () => {
  it('is its prompt and the output it states, told in the headers', () => {
    const { headers, spending } = aDoor({ inputTokensPerMinute: 60_000, outputTokensPerMinute: 60_000 }).open(
      10,
    );
    expect(spending.hold(going())).toBeNull();
    expect([left(headers, 'input-tokens'), left(headers, 'output-tokens')]).toEqual([9_990, 9_900]);
  });

  it('is asked for once, however often the route is chosen again', () => {
    const { headers, spending } = aDoor({ inputTokensPerMinute: 60_000 }).open(10);
    for (let turn = 0; turn < 3; turn++) spending.hold(going());
    expect(left(headers, 'input-tokens')).toBe(9_990);
  });

  it('weighs what the pool weighs, and moves with a spill', () => {
    const { headers, spending } = aDoor({ inputTokensPerMinute: 60_000 }).open(10);
    spending.hold(going());
    spending.hold(going({ pool: 'yarn-4' }));
    expect(left(headers, 'input-tokens')).toBe(9_980);
  });

  it('is neither output nor KV while it is parked', () => {
    const door = aDoor({ outputTokensPerMinute: 60_000, concurrentKvTokens: 500, concurrentRequests: 9 });
    const parked = door.open(10);
    parked.spending.hold(going({ phase: 'parked' }));
    expect(parked.headers['x-ratelimit-remaining-output-tokens']).toBeUndefined();
    const other = door.open(400);
    expect(() => other.spending.hold(going())).not.toThrow();
    expect(() => parked.spending.hold(going())).toThrow(
      expect.objectContaining({ code: 'rate_limit_exceeded' }),
    );
  });

  it('is little for who states no output, and less for who is known to need less', () => {
    const assumed = going({
      demand: { promptTokens: 10, outputBudget: 8_192, outputBudgetSource: 'assumed', tokens: 8_202 },
    });
    const held = (usual: number | null) => {
      const { headers, spending } = aDoor({ outputTokensPerMinute: 60_000 }, usual).open(10);
      spending.hold(assumed);
      return 10_000 - left(headers, 'output-tokens');
    };
    expect([held(null), held(300), held(9_000)]).toEqual([2_048, 300, 2_048]);
  });
});

describe('a request that was not taken before the body was read', () => {
  const limits = { requestsPerMinute: 12, inputTokensPerMinute: 60_000 };

  it('is taken with the reservation, stays taken when it is moved, and when it is settled', async () => {
    const door = aDoor(limits, null, true);
    for (const pool of ['default', 'yarn-4']) {
      const { headers, spending } = door.open(10);
      expect(spending.hasAsked).toBe(false);
      spending.hold(going({ phase: 'parked' }));
      spending.hold(going({ pool }));
      expect(spending.hasAsked).toBe(true);
      spending.settle({ inputTokens: 10, cachedTokens: 0, outputTokens: 5 });
      expect(headers['x-ratelimit-limit-requests']).toBe('12');
    }
    // Two at once, and both are gone.
    expect(() => door.open(10).spending.hold(going())).toThrow(
      expect.objectContaining({ code: 'rate_limit_exceeded' }),
    );
  });

  it('is not taken where another limit denies the rest', () => {
    const door = aDoor(limits, null, true);
    door.open(9_000).spending.hold(going());
    expect(() => door.open(9_000).spending.hold(going())).toThrow(Fault);
    const { headers, spending } = door.open(100);
    spending.hold(going());
    expect(left(headers, 'requests')).toBe(0);
  });
});

describe('a denial', () => {
  it('is a fault that names the limit, and takes nothing', () => {
    const door = aDoor({ inputTokensPerMinute: 60_000 });
    door.open(9_000).spending.hold(going());
    const { headers, spending } = door.open(9_000);
    expect(() => spending.hold(going())).toThrow(expect.objectContaining({ code: 'rate_limit_exceeded' }));
    expect(headers['x-ratelimit-limit-input-tokens']).toBe('60000');
    expect(() => door.open(1_000).spending.hold(going())).not.toThrow();
  });

  it('is for good where the cost is above the burst', () => {
    const { spending } = aDoor({ inputTokensPerMinute: 600 }).open(5_000);
    expect(() => spending.hold(going())).toThrow(Fault);
    expect(() => spending.hold(going())).toThrow(expect.objectContaining({ code: 'limit_too_small' }));
  });
});

describe('settling', () => {
  it('leaves what was used, frees places, and counts once', async () => {
    const door = aDoor({
      concurrentRequests: 1,
      budgets: [{ period: 'day', unit: 'tokens', limit: 10_000 }],
    });
    const { spending } = door.open(100);
    spending.hold(going());
    const used = { inputTokens: 100, cachedTokens: 40, outputTokens: 30 };
    spending.settle(used);
    spending.settle({ ...used, outputTokens: 9_000 });
    const next = door.open(9_700);
    expect(() => next.spending.hold(going({}, 170))).not.toThrow();
    expect(door.seen[0]).toBe(30);
  });

  it('costs nothing where nothing was done', () => {
    const door = aDoor({ budgets: [{ period: 'day', unit: 'tokens', limit: 200 }] });
    const { spending } = door.open(100);
    spending.hold(going());
    spending.settle({ inputTokens: 0, cachedTokens: 0, outputTokens: 0 });
    expect(() => door.open(100).spending.hold(going())).not.toThrow();
  });
});

it('asks no limiter for a caller without limits', async () => {
  const door = aDoor({});
  const { headers, spending } = door.open(10);
  expect(spending.hold(going())).toBeNull();
  spending.meter(5);
  spending.settle({ inputTokens: 10, cachedTokens: 0, outputTokens: 5 });
  expect(headers).toEqual({});
  expect(door.limiter.live).toBe(0);
  expect(await door.limiter.standings(TENANT, [])).toEqual([]);
});
