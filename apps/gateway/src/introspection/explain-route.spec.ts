import { afterAll, expect, it } from '@jest/globals';
import { Fault, parseCompletion } from '#protocol';
import type { RouteScope } from '#routing';
import { StaticFleet } from '#workers';
import { aPoolDeclaration } from '../../../../libs/workers/testing/a-pool-declaration.ts';
import { aModel } from '../models/model-under-test.ts';
import { aPool, aWorker } from '../parking/parking-lot-under-test.ts';
import { explainRoute, type RoutePorts } from './explain-route.ts';

const yarn2 = { name: 'yarn-2', rope: { type: 'yarn', factor: 2 }, windowTokens: 65_536 } as const;
const fleet = new StaticFleet({ pools: [aPoolDeclaration(), aPoolDeclaration(yarn2)] });
afterAll(() => fleet.close());
const model = await aModel();
const parking = { estimateMs: () => 41_200 };

function explained(
  promptTokens: number,
  {
    maxTokens = 1_000,
    pinnedPool = null as string | null,
    of = model,
    ports = {} as Partial<RoutePorts>,
    refusal = null as Fault | null,
    scope = null as RouteScope | null,
  } = {},
) {
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'x' }], max_tokens: maxTokens });
  const request = parseCompletion('chat', Buffer.from(body), { maxAnswers: 1, allowedFields: new Set() });
  const measured = { promptTokens, chargedTokens: promptTokens, answers: 1, isWhole: true, chain: null };
  return explainRoute(
    request,
    of,
    measured,
    { pinnedPool, scope, refusal },
    { fleet, parking, gateways: () => 1, ...ports },
  );
}

it('says where it would go, why, and how much room each pool leaves', () => {
  expect(explained(39_970)).toMatchObject({
    model: 'qwq-32b',
    prompt_tokens: 39_970,
    output_budget: 1_000,
    output_budget_source: 'max_tokens',
    demand: 40_970,
    pools: [
      {
        name: 'default',
        rope: { type: 'default', factor: 1 },
        window: 40_960,
        fits: false,
        headroom: -10,
        why_not: {
          code: 'too-short',
          message: 'Too short by 10 tokens: its window is 40960, the request needs 40970.',
        },
      },
      {
        name: 'yarn-2',
        rope: { type: 'yarn', factor: 2 },
        window: 65_536,
        fits: true,
        headroom: 24_566,
        why_not: null,
      },
    ],
    choice: { pool: 'yarn-2', rope: 'yarn-2', window: 65_536, explanation: expect.any(String) },
  });
});

it('says that it would wait: chosen, and with the fault that waiting would end in', () => {
  const { choice, fault, estimated_wait_s } = explained(10);
  expect(choice).toMatchObject({ pool: 'default', reason: 'smallest-rope' });
  expect(fault).toMatchObject({
    code: 'pool_unavailable',
    message: 'Pool default is not available: none of its workers is ready.',
  });
  expect(estimated_wait_s).toBe(42);
});

it('says why it would be refused, in the words of the refusal', () => {
  const { choice, fault } = explained(70_000);
  expect(choice).toBeNull();
  expect(fault).toMatchObject({ code: 'context_length_exceeded', type: 'invalid_request_error' });
  expect(fault?.message).toContain('65536');
});

it('honours a pin, and refuses one that does not exist', () => {
  expect(explained(10, { pinnedPool: 'yarn-2' }).choice).toMatchObject({ pool: 'yarn-2', reason: 'pinned' });
  expect(explained(10, { pinnedPool: 'nope' }).fault).toMatchObject({ code: 'pool_not_found' });
});

it('goes nowhere where the key may not ask for it, told with the numbers of each pool', () => {
  const refusal = new Fault('key_not_allowed', { message: 'too much for this key' });
  const told = explained(39_970, { refusal, pinnedPool: 'yarn-2' });
  expect(told).toMatchObject({ demand: 40_970, choice: null, estimated_wait_s: null });
  expect(told.pools.map(({ fits, why_not }) => [fits, why_not?.code])).toEqual([
    [false, 'too-short'],
    [true, 'out-of-scope'],
  ]);
  expect(told.fault).toEqual(refusal.toBody().error);
  expect(explained(70_000, { refusal }).fault).toMatchObject({ code: 'key_not_allowed' });
});

it.each([
  ['takes it', 10],
  ['does not, though another would', 50_000],
  ['does not, nor would another', 70_000],
])('tells a key only of the pools it may use, where one %s', (_, promptTokens) => {
  const told = explained(promptTokens, { scope: { pools: ['default'], maxWindowTokens: null } });
  expect(told.pools.map(({ name }) => name)).toEqual(['default']);
  expect(JSON.stringify(told)).not.toContain('yarn');
});

it('names a key no other pool where the output decides, though another holds the prompt', () => {
  const pools = [
    aPool('default'),
    aPool('yarn-2', { rope: { type: 'yarn', factor: 2 }, windowTokens: 65_536 }),
    aPool('yarn-4'),
  ];
  const ports = { fleet: { snapshot: () => ({ pools }) } };
  const told = (scope: RouteScope | null) => explained(10, { maxTokens: 70_000, ports, scope }).choice;
  expect(told(null)).toMatchObject({ pool: 'yarn-4', reason: 'output-budget' });
  expect(told(null)?.explanation).toContain('would fit default');
  const within = told({ pools: ['yarn-2', 'yarn-4'], maxWindowTokens: null });
  expect(within).toMatchObject({ pool: 'yarn-4', reason: 'output-budget' });
  expect(within?.explanation).toContain('would fit yarn-2');
});

it('has no numbers for a model without a pool', async () => {
  const of = await aModel({ id: 'idle' });
  expect(explained(10, { of })).toMatchObject({ pools: [], output_budget: null, demand: null, choice: null });
});

it.each([
  [1, null],
  [2, 42],
])('knows what part of a worker one of %d gateways fills', (gateways, waitS) => {
  const { load } = aWorker('default');
  const worker = aWorker('default', { load: { ...load, requests: 1, queuedTokens: 6_000 } });
  const busy = { snapshot: () => ({ pools: [aPool('default', { workers: [worker] })] }) };
  const ports = { fleet: busy, gateways: () => gateways };
  expect(explained(5_000, { ports }).estimated_wait_s).toBe(waitS);
});
