import { describe, expect, it } from '@jest/globals';
import {
  FULL,
  faultOf,
  POLICY,
  samplePool,
  sampleQuery,
  sampleWorker,
  statingQuery,
  summary,
  threePools,
} from '../test/sample-fleet.ts';
import { chooseRoute } from './choose-route.ts';
import type { RouteDecision, RouteQuery, RouteScope } from './route.ts';

const clip = { ...POLICY, overBudget: 'clip' as const };
const spilling = { ...POLICY, spillAfterMs: 500 };

describe('by length', () => {
  it.each([
    ['a short prompt takes the smallest rope', 100, 1_000, 'default', 'smallest-rope'],
    ['the window may be filled to the last token', 40_000, 960, 'default', 'smallest-rope'],
    ['one token more goes up', 40_000, 961, 'yarn-2', 'output-budget'],
    ['a prompt that fills a window goes up by itself', 40_960, 1, 'yarn-2', 'smallest-rope'],
    ['a prompt of the largest window less one fits', 131_071, 1, 'yarn-4', 'smallest-rope'],
    ['an output of nothing still needs one token', 40_960, 0, 'yarn-2', 'smallest-rope'],
    ['a large output alone skips a rope', 10, 100_000, 'yarn-4', 'output-budget'],
  ])('%s', (_, promptTokens, outputTokens, pool, reason) => {
    const decision = chooseRoute(statingQuery(promptTokens, outputTokens), threePools(), POLICY);
    expect(summary(decision)).toMatchObject({ pool, reason });
  });

  it('assumes the configured output for a chat that states none, and 16 for a text', () => {
    const chat = chooseRoute(sampleQuery(40_000), threePools(), POLICY);
    const text = chooseRoute(sampleQuery(40_000, { kind: 'text' }), threePools(), POLICY);
    expect(summary(chat)).toMatchObject({ pool: 'yarn-2', reason: 'output-budget' });
    expect(summary(text)).toMatchObject({ pool: 'default', reason: 'smallest-rope' });
    expect(chat.demand).toEqual({
      promptTokens: 40_000,
      outputBudget: 8_192,
      outputBudgetSource: 'assumed',
      tokens: 48_192,
    });
    expect(text.demand?.outputBudget).toBe(16);
  });

  it('tells every pool of the model, smallest rope first, with its headroom', () => {
    const { pools } = chooseRoute(statingQuery(50_000, 2_000), threePools(), POLICY);
    expect(pools.map(({ name, fits, headroom }) => [name, fits, headroom])).toEqual([
      ['default', false, -11_040],
      ['yarn-2', true, 13_536],
      ['yarn-4', true, 79_072],
    ]);
  });
});

describe('when no window takes the demand', () => {
  it('lets the prompt alone decide if the output was only assumed', () => {
    const decision = chooseRoute(sampleQuery(125_000), threePools(), POLICY);
    expect(summary(decision)).toMatchObject({ pool: 'yarn-4', reason: 'prompt-only' });
    expect(decision.demand).toMatchObject({ outputBudget: 6_072, tokens: 131_072 });
    expect(decision).toMatchObject({ clippedOutput: null });
  });

  it('goes to the largest window though a smaller one holds the prompt: it cuts the answer latest (ADR 0004)', () => {
    const pools = [
      samplePool(1, 40_960, [sampleWorker('http://a')]),
      samplePool(2, 65_536, [sampleWorker('http://b')]),
    ];
    const assuming = { ...POLICY, assumedOutputTokens: 32_768 };
    const decision = chooseRoute(sampleQuery(33_000), { pools }, assuming);
    expect(summary(decision)).toMatchObject({ pool: 'yarn-2', reason: 'prompt-only' });
    expect(decision.demand).toMatchObject({ outputBudget: 32_536, tokens: 65_536 });
  });

  it('refuses a stated output with the true numbers and the largest window', () => {
    const fault = faultOf(chooseRoute(statingQuery(100_000, 40_000), threePools(), POLICY));
    expect(fault).toMatchObject({ code: 'context_length_exceeded', status: 400, param: 'max_tokens' });
    expect(fault.message).toBe(
      "This model's maximum context length is 131072 tokens. However, you requested 40000 output tokens and " +
        'your prompt contains 100000 input tokens, for a total of 140000 tokens. Please reduce the length of ' +
        'the input prompt or the number of requested output tokens.',
    );
  });

  it('clips a stated output openly where the model allows that', () => {
    const decision = chooseRoute(statingQuery(100_000, 40_000), threePools(), clip);
    expect(summary(decision)).toMatchObject({ pool: 'yarn-4', reason: 'clipped' });
    expect(decision).toMatchObject({ clippedOutput: 31_072, demand: { tokens: 131_072 } });
  });

  it.each([POLICY, clip])('refuses a prompt that fills the largest window, whatever the policy', (policy) => {
    const decision = chooseRoute(sampleQuery(131_072), threePools(), policy);
    expect(faultOf(decision)).toMatchObject({ code: 'context_length_exceeded', param: 'messages' });
    expect(faultOf(decision).message).toBe(
      "This model's maximum context length is 131072 tokens. However, your prompt contains 131072 input tokens, " +
        'which exceeds this limit even without any output tokens. Please reduce the length of the input prompt.',
    );
    const text = chooseRoute(statingQuery(200_000, 5, { kind: 'text' }), threePools(), policy);
    expect(faultOf(text).param).toBe('prompt');
  });

  it('refuses a model no pool serves', () => {
    const decision = chooseRoute(sampleQuery(1, { model: 'other' }), threePools(), POLICY);
    expect(faultOf(decision).code).toBe('pool_unavailable');
  });
});

describe('a pinned pool', () => {
  const pinned = (
    pool: string,
    promptTokens: number,
    outputTokens: number | null,
    policy = POLICY,
  ): RouteDecision => {
    const query =
      outputTokens === null ? sampleQuery(promptTokens) : statingQuery(promptTokens, outputTokens);
    return chooseRoute({ ...query, pinnedPool: pool }, threePools(), policy);
  };

  it('is taken where the request fits, though a smaller rope would do', () => {
    expect(summary(pinned('yarn-4', 10, 10))).toMatchObject({ pool: 'yarn-4', reason: 'pinned' });
  });

  it('is refused where the request does not fit, naming what would', () => {
    const fault = faultOf(pinned('default', 40_000, 961));
    expect(fault).toMatchObject({ code: 'pool_too_small', param: 'x-ropeway-pool' });
    expect(fault.message).toMatch(/40960 .* 40961: 40000 .* 961 .*yarn-2 \(65536\), yarn-4 \(131072\)/);
  });

  it('is refused with the names there are when it is unknown', () => {
    const fault = faultOf(pinned('long', 10, 10));
    expect(fault.code).toBe('pool_not_found');
    expect(fault.message).toContain('default (40960), yarn-2 (65536), yarn-4 (131072)');
  });

  it('is honoured where the request would be squeezed into it anyway', () => {
    expect(pinned('yarn-4', 125_000, null)).toMatchObject({ reason: 'pinned', demand: { tokens: 131_072 } });
    expect(pinned('yarn-4', 1_000, 200_000, clip)).toMatchObject({
      reason: 'pinned',
      clippedOutput: 130_072,
    });
  });

  it('does not hide that no window fits', () => {
    expect(faultOf(pinned('default', 200_000, 10)).code).toBe('context_length_exceeded');
    expect(faultOf(pinned('default', 1_000, 200_000)).code).toBe('context_length_exceeded');
    expect(faultOf(pinned('default', 125_000, null)).message).toContain('It would fit: yarn-4 (131072)');
  });

  it('waits where it is full, and never spills', () => {
    const query = statingQuery(10, 10, { pinnedPool: 'default', waitedMs: 10_000 });
    expect(summary(chooseRoute(query, threePools({ 1: [{ load: FULL }] }), spilling))).toMatchObject({
      wait: ['default'],
      askAgainMs: null,
    });
  });
});

describe('when the smallest rope has no room', () => {
  const full = threePools({ 1: [{ load: FULL }, { isRefusing: true }] });

  it('waits for it', () => {
    expect(summary(chooseRoute(statingQuery(1_000, 10), full, POLICY))).toEqual({
      wait: ['default'],
      reason: 'smallest-rope',
      unavailable: false,
      askAgainMs: null,
    });
  });

  it('says when a spill falls due, and spills from then on', () => {
    const waiting = chooseRoute(statingQuery(1_000, 10, { waitedMs: 120 }), full, spilling);
    const spilt = chooseRoute(statingQuery(1_000, 10, { waitedMs: 500 }), full, spilling);
    expect(summary(waiting)).toMatchObject({ wait: ['default'], askAgainMs: 380 });
    expect(summary(spilt)).toMatchObject({ pool: 'yarn-2', reason: 'spill' });
    expect(spilt).toMatchObject({ need: { name: 'default' } });
  });

  it('takes room of the smaller rope first, however long it waited', () => {
    const decision = chooseRoute(statingQuery(1_000, 10, { waitedMs: 9_999 }), threePools(), spilling);
    expect(summary(decision)).toMatchObject({ pool: 'default', reason: 'smallest-rope' });
  });

  it('goes up one factor only, then waits for both', () => {
    const both = threePools({ 1: [{ load: FULL }], 2: [{ load: FULL }] });
    const decision = chooseRoute(statingQuery(1_000, 10, { waitedMs: 9_999 }), both, spilling);
    expect(summary(decision)).toMatchObject({ wait: ['default', 'yarn-2'], askAgainMs: null });
  });

  it('says when every worker it could wait for has failed the request', () => {
    const query = statingQuery(10, 10, { excluded: ['http://w1-0'] });
    const only = chooseRoute(query, threePools(), POLICY);
    const another = chooseRoute(query, threePools({ 1: [{}, { state: 'down' }] }), POLICY);
    const spillToCome = chooseRoute(query, threePools(), spilling);
    expect(only).toMatchObject({ kind: 'wait', exhausted: true, unavailable: true });
    expect(another).toMatchObject({ kind: 'wait', exhausted: false });
    expect(spillToCome).toMatchObject({ kind: 'wait', exhausted: false, askAgainMs: 500 });
  });

  it('waits for a pool without a usable worker like for a full one, and says so', () => {
    const gone = threePools({ 1: [{ state: 'down' }] });
    expect(summary(chooseRoute(statingQuery(10, 10), gone, POLICY))).toMatchObject({
      wait: ['default'],
      unavailable: true,
    });
    const spilt = chooseRoute(statingQuery(10, 10, { waitedMs: 500 }), gone, spilling);
    expect(summary(spilt)).toMatchObject({ pool: 'yarn-2', reason: 'spill' });
  });
});

describe('a key with scopes', () => {
  const scoped = (scope: RouteScope, changes: Partial<RouteQuery> = {}) =>
    chooseRoute(statingQuery(50_000, 1_000, { scope, ...changes }), threePools(), POLICY);

  it('is routed among the pools it may use', () => {
    const decision = chooseRoute(
      statingQuery(100, 100, { scope: { pools: ['yarn-2'], maxWindowTokens: null } }),
      threePools(),
      POLICY,
    );
    expect(decision).toMatchObject({ kind: 'dispatch', pool: { name: 'yarn-2' } });
  });

  it.each<RouteScope>([
    { pools: ['default'], maxWindowTokens: null },
    { pools: null, maxWindowTokens: 40_960 },
    { pools: [], maxWindowTokens: null },
  ])('is told when only a pool it may not use would take the request: %j', (scope) => {
    const decision = scoped(scope);
    expect(decision).toMatchObject({ kind: 'refuse', fault: { code: 'key_not_allowed', status: 403 } });
    if (decision.kind !== 'refuse') throw new TypeError('routed');
    expect(decision.fault.message).toContain('51000 tokens (50000 of prompt, 1000 of output)');
    expect(decision.fault.message).not.toContain('yarn');
  });

  it('may not pin what it may not use', () => {
    expect(scoped({ pools: ['yarn-2'], maxWindowTokens: null }, { pinnedPool: 'yarn-4' })).toMatchObject({
      kind: 'refuse',
      fault: { code: 'key_not_allowed' },
    });
  });

  it.each<[string, RouteScope]>([
    ['yarn-2 (65536)', { pools: ['yarn-2'], maxWindowTokens: null }],
    ['default (40960)', { pools: null, maxWindowTokens: 40_960 }],
    ['none', { pools: [], maxWindowTokens: null }],
  ])('is told of no pool but %s where it pins one that does not exist', (named, scope) => {
    const { code, message } = faultOf(scoped(scope, { pinnedPool: 'nosuch' }));
    expect(code).toBe('pool_not_found');
    expect(message).toBe(`Model qwq-32b has no pool "nosuch". This API key may use: ${named}.`);
  });

  it.each<[string, RouteScope]>([
    ['yarn-2 (65536)', { pools: ['default', 'yarn-2'], maxWindowTokens: null }],
    ['yarn-2 (65536)', { pools: null, maxWindowTokens: 65_536 }],
    ['none of the pools this API key may use', { pools: ['default'], maxWindowTokens: null }],
    ['none of the pools this API key may use', { pools: null, maxWindowTokens: 40_960 }],
  ])('is told of no pool but %s where it pins one that is too small', (named, scope) => {
    const { code, message } = faultOf(scoped(scope, { pinnedPool: 'default' }));
    expect(code).toBe('pool_too_small');
    expect(message).toContain(`It would fit: ${named}. `);
  });

  it('is told of no larger pool where what it pins lacks room for an output that was only assumed', () => {
    const scope: RouteScope = { pools: ['default', 'yarn-2'], maxWindowTokens: null };
    const query = sampleQuery(60_000, { scope, pinnedPool: 'default' });
    const { code, message } = faultOf(chooseRoute(query, threePools(), POLICY));
    expect(code).toBe('pool_too_small');
    expect(message).toContain('It would fit: yarn-2 (65536). ');
  });

  it('is told of no pool that it may not use where it pins one of those, and it is too small', () => {
    const fault = faultOf(scoped({ pools: ['yarn-2'], maxWindowTokens: null }, { pinnedPool: 'default' }));
    expect(fault.code).toBe('pool_not_found');
    expect(fault.message).toBe('Model qwq-32b has no pool "default". This API key may use: yarn-2 (65536).');
  });

  it('hears of a prompt longer than every window as everybody does', () => {
    const decision = chooseRoute(
      statingQuery(200_000, 1, { scope: { pools: ['default'], maxWindowTokens: null } }),
      threePools(),
      POLICY,
    );
    expect(decision).toMatchObject({ kind: 'refuse', fault: { code: 'context_length_exceeded' } });
  });
});
