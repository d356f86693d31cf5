// A model whose over-long outputs are clipped instead of refused: openly, and the same number everywhere.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Answered, ask, CHAT, chat, words } from './harness/ask.ts';
import { expectFault } from './harness/expect-fault.ts';
import { type FleetUnderTest, POOLS, startFleetUnderTest } from './harness/fleet-under-test.ts';

const TEXT = '/v1/completions';

let fleet: FleetUnderTest;
beforeAll(async () => {
  fleet = await startFleetUnderTest({
    pools: POOLS.map((pool) => ({ ...pool, sims: 1 })),
    model: { overBudget: 'clip' },
  });
});
afterAll(() => fleet.close());

/** The body as the worker that gave the answer got it. */
function sentText({ headers }: Answered, path = CHAT): string {
  return (
    fleet
      .sim(headers.get('x-ropeway-pool') ?? '')
      .seen.to(path)
      .at(-1)?.body ?? ''
  );
}

const sent = (answer: Answered): unknown => JSON.parse(sentText(answer));

it.each(['max_tokens', 'max_completion_tokens'])(
  'clips %s to what the window leaves, and says so',
  async (field) => {
    const answer = await ask(fleet, CHAT, chat('Hi', { [field]: 5_000 }));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-ropeway-reason')).toBe('clipped');
    expect(answer.headers.get('x-ropeway-output-clipped')).toBe(String(4_096 - 11));
    expect(sent(answer)).toMatchObject({ [field]: 4_096 - 11 });
  },
);

it('clips max_tokens of a text, the only field that states its output, and leaves the other alone', async () => {
  const fields = { max_tokens: 5_000, max_completion_tokens: 1 };
  const answer = await ask(fleet, TEXT, { model: 'qwq-32b', prompt: [1], ...fields });
  expect(answer.headers.get('x-ropeway-output-clipped')).toBe(String(4_096 - 1));
  expect(JSON.parse(sentText(answer, TEXT))).toMatchObject({ ...fields, max_tokens: 4_096 - 1 });
});

it('leaves an output that fits as it is', async () => {
  const answer = await ask(fleet, CHAT, chat('Hi', { max_tokens: 2_000 }));
  expect(answer.headers.get('x-ropeway-output-clipped')).toBeNull();
  expect(sent(answer)).toMatchObject({ max_tokens: 2_000 });
});

it('never sends the assumed output', async () => {
  const answer = await ask(fleet, CHAT, chat(words(4_000)));
  expect(answer.headers.get('x-ropeway-reason')).toBe('prompt-only');
  expect(sent(answer)).not.toHaveProperty('max_tokens');
  expect(sent(answer)).not.toHaveProperty('max_completion_tokens');
});

it('still refuses a prompt that leaves no room for one token', async () => {
  expectFault(await ask(fleet, CHAT, chat(words(5_000), { max_tokens: 10 })), 'context_length_exceeded');
});

it('passes what it does not know on byte for byte', async () => {
  const rest =
    '"messages": [{"role":"user","content":"Hi"}], "x_new": {"b": 1.50, "a": 1e-7, "c": 12345678901234567890}}';
  const answer = await ask(fleet, CHAT, `{"model":"qwq-32b", ${rest}`);
  expect(answer.status).toBe(200);
  expect(sentText(answer)).toBe(`{"model":"QwQ-32B", ${rest}`);
});
