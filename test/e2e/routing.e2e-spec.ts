// Each request goes to the smallest rope it fits, and every answer says where it went and why.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answered, ask, CHAT, chat, words } from './harness/ask.ts';
import { expectFault } from './harness/expect-fault.ts';
import { type FleetUnderTest, startFleetUnderTest } from './harness/fleet-under-test.ts';

interface Explained {
  readonly model: string;
  readonly prompt_tokens: number;
  readonly output_budget: number;
  readonly output_budget_source: string;
  readonly demand: number;
  readonly pools: readonly { name: string; window: number; fits: boolean; headroom: number }[];
  readonly choice: { pool: string; rope: string; window: number; reason: string } | null;
  readonly fault: { code: string; message: string } | null;
}

let fleet: FleetUnderTest;
beforeAll(async () => {
  fleet = await startFleetUnderTest();
});
afterAll(() => fleet.close());

/** What the answer says of its route, in the words of `/v1/route`. */
function told({ headers }: Answered) {
  return {
    pool: headers.get('x-ropeway-pool'),
    rope: headers.get('x-ropeway-rope'),
    reason: headers.get('x-ropeway-reason'),
    prompt_tokens: Number(headers.get('x-ropeway-prompt-tokens')),
    output_budget: Number(headers.get('x-ropeway-output-budget')),
  };
}

function explained({ choice, prompt_tokens, output_budget }: Explained) {
  const { pool, rope, reason } = choice ?? {};
  return { pool, rope, reason, prompt_tokens, output_budget };
}

/** Pool of the only worker that was asked by `act`. */
async function poolAsked(act: () => Promise<unknown>): Promise<string[]> {
  const counts = () =>
    fleet.gateway.ports.fleet.snapshot().pools.map(({ name }) => [name, askedOf(name)] as const);
  const before = new Map(counts());
  await act();
  return counts().flatMap(([name, asked]) => (asked > (before.get(name) ?? 0) ? [name] : []));
}

function askedOf(pool: string): number {
  return fleet.sims(pool).reduce((sum, { seen }) => sum + seen.to().filter(isForText).length, 0);
}

const isForText = ({ path }: { readonly path: string }) => path.endsWith('completions');

describe('what /v1/route says is what happens', () => {
  it.each([
    ['a short question', chat(), 'default', 'smallest-rope'],
    ['a longer text', chat(words(1_200)), 'yarn-2', 'smallest-rope'],
    ['the longest text', chat(words(2_500)), 'yarn-4', 'smallest-rope'],
    ['a short question with a long answer', chat('Hi', { max_tokens: 1_500 }), 'yarn-2', 'output-budget'],
    [
      'max_completion_tokens over max_tokens',
      chat('Hi', { max_tokens: 9, max_completion_tokens: 3_000 }),
      'yarn-4',
      'output-budget',
    ],
    ['an assumed answer that fits no window', chat(words(4_000)), 'yarn-4', 'prompt-only'],
    ['a window filled to the last token', chat('Hi', { max_tokens: 1_024 - 11 }), 'default', 'smallest-rope'],
    ['one token more', chat('Hi', { max_tokens: 1_024 - 10 }), 'yarn-2', 'output-budget'],
  ])('for %s', async (_name, body, pool, reason) => {
    const route = (await ask(fleet, '/v1/route', body)).json<Explained>();
    expect(route.choice).toMatchObject({ pool, reason });
    // Short answers, so that a long budget does not become a long test: the budget is stated, the sim stops by itself.
    const pools = await poolAsked(async () => {
      const answer = await ask(fleet, CHAT, body);
      expect(answer.status).toBe(200);
      expect(told(answer)).toEqual(explained(route));
    });
    expect(pools).toEqual([pool]);
    expect(route.demand).toBe(route.prompt_tokens + route.output_budget);
  });

  it('for a text completion without max_tokens, whose budget is 16', async () => {
    const body = { model: 'qwq-32b', prompt: words(1_000) };
    const route = (await ask(fleet, '/v1/route', body)).json<Explained>();
    expect(route).toMatchObject({ output_budget: 16, choice: { pool: 'default' } });
    expect(told(await ask(fleet, '/v1/completions', body))).toEqual(explained(route));
  });

  it('for a prompt that is only scored, whose budget is 1, while the worker is told the 0', async () => {
    const body = { model: 'qwq-32b', prompt: words(1_000), echo: true, max_tokens: 0 };
    const route = (await ask(fleet, '/v1/route', body)).json<Explained>();
    expect(route).toMatchObject({ output_budget: 1, choice: { pool: 'default' } });
    const answer = await ask(fleet, '/v1/completions', body);
    expect(told(answer)).toEqual(explained(route));
    expect(answer.json()).toMatchObject({
      choices: [{ text: body.prompt }],
      usage: { completion_tokens: 1 },
    });
    const sent = fleet.sims('default').flatMap(({ seen }) => seen.to('/v1/completions'));
    expect(sent.map(({ body }) => JSON.parse(body))).toContainEqual({ ...body, model: 'QwQ-32B' });
  });

  it('for a request that fits nowhere: the same fault, and how short each pool is', async () => {
    const body = chat(words(5_000));
    const route = (await ask(fleet, '/v1/route', body)).json<Explained>();
    expect(route.choice).toBeNull();
    expect(route.pools.map(({ fits }) => fits)).toEqual([false, false, false]);
    for (const { window, headroom } of route.pools) expect(headroom).toBe(window - route.demand);
    const answer = await ask(fleet, CHAT, body);
    expect(answer.error).toEqual(route.fault);
  });

  it('while asking reserves nothing and sends nothing', async () => {
    const pools = await poolAsked(() => ask(fleet, '/v1/route', chat()));
    expect(pools).toEqual([]);
    await fleet.idle();
  });
});

it('tells the route on streams, too', async () => {
  const answer = await ask(fleet, CHAT, chat(words(1_200), { stream: true }));
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  expect(told(answer)).toMatchObject({ pool: 'yarn-2', rope: 'yarn-2', reason: 'smallest-rope' });
});

it('tells the route on an error once the route is known', async () => {
  fleet.sim('yarn-2').inflict({ kind: 'status', status: 400, message: 'no' });
  const answer = await ask(fleet, CHAT, chat(words(1_200)));
  expectFault(answer, 'worker_rejected');
  expect(told(answer)).toMatchObject({ pool: 'yarn-2', rope: 'yarn-2', reason: 'smallest-rope' });
});

it('refuses what is too long in the words of vLLM with the true numbers, and asks no worker', async () => {
  const pools = await poolAsked(async () => {
    const answer = await ask(fleet, CHAT, chat(words(5_000)));
    expectFault(answer, 'context_length_exceeded', { param: 'messages' });
    // The template's own ten tokens and ours.
    expect(answer.error.message).toBe(
      "This model's maximum context length is 4096 tokens. However, your prompt contains 5010 input tokens, " +
        'which exceeds this limit even without any output tokens. Please reduce the length of the input prompt.',
    );
  });
  expect(pools).toEqual([]);
});

it('refuses a stated output that fits beside the prompt in no window', async () => {
  const answer = await ask(fleet, CHAT, chat('Hi', { max_tokens: 5_000 }));
  expectFault(answer, 'context_length_exceeded', { param: 'max_tokens' });
  expect(answer.error.message).toContain(
    'you requested 5000 output tokens and your prompt contains 11 input tokens',
  );
});

describe('a pinned pool', () => {
  it('is honoured where the request fits', async () => {
    const headers = { 'x-ropeway-pool': 'yarn-4' };
    const pools = await poolAsked(async () => {
      const answer = await ask(fleet, CHAT, chat(), { headers });
      expect(told(answer)).toMatchObject({ pool: 'yarn-4', rope: 'yarn-4', reason: 'pinned' });
    });
    expect(pools).toEqual(['yarn-4']);
    const route = (await ask(fleet, '/v1/route', chat(), { headers })).json<Explained>();
    expect(route.choice).toMatchObject({ pool: 'yarn-4', reason: 'pinned' });
  });

  it('is refused where it does not, with where it would', async () => {
    const headers = { 'x-ropeway-pool': 'default' };
    const answer = await ask(fleet, CHAT, chat(words(1_200)), { headers });
    expectFault(answer, 'pool_too_small');
    expect(answer.error.message).toContain('It would fit: yarn-2 (2048), yarn-4 (4096).');
  });
});

it('places requests of one kind over all workers of their pool', async () => {
  const before = fleet.sims('default').map(({ seen }) => seen.to().length);
  await Promise.all(Array.from({ length: 8 }, (_, nth) => ask(fleet, CHAT, chat(`Question ${nth}?`))));
  fleet.sims('default').forEach(({ seen }, nth) => {
    expect(seen.to().filter(isForText).length).toBeGreaterThan(0);
    expect(seen.to().length).toBeGreaterThan(before[nth] ?? 0);
  });
});
