import { describe, expect, it } from '@jest/globals';
import { parseCompletion } from '#protocol';
import { aCaller } from '../models/model-under-test.ts';
import { outputTold, refuseOutOfScope, routeScope } from './key-scopes.ts';

const ask = (kind: 'chat' | 'text', fields: object) =>
  parseCompletion(
    kind,
    Buffer.from(
      JSON.stringify({
        ...(kind === 'chat' ? { messages: [{ role: 'user', content: 'x' }] } : { prompt: 'x' }),
        ...fields,
      }),
    ),
    { maxAnswers: 1, allowedFields: new Set() },
  );
const measured = (promptTokens: number) => ({
  promptTokens,
  chargedTokens: promptTokens,
  answers: 1,
  isWhole: true,
  chain: null,
});

it('leaves routing alone for a key that may use every pool', () => {
  expect(routeScope(aCaller())).toBeNull();
  expect(routeScope(aCaller({ scopes: { maxWindowTokens: 40_960 } }))).toEqual({
    pools: null,
    maxWindowTokens: 40_960,
  });
});

it('refuses a prompt one token longer than the key may send', () => {
  const caller = aCaller({ scopes: { maxPromptTokens: 100 } });
  const check = (tokens: number) => () => refuseOutOfScope(ask('chat', {}), measured(tokens), caller);
  expect(check(100)).not.toThrow();
  expect(check(101)).toThrow(expect.objectContaining({ code: 'key_not_allowed', param: 'messages' }));
});

it('refuses a stated output above what the key may ask for, naming its field', () => {
  const caller = aCaller({ scopes: { maxOutputTokens: 50 } });
  const check = (fields: object) => () => refuseOutOfScope(ask('chat', fields), measured(1), caller);
  expect(check({ max_tokens: 50 })).not.toThrow();
  expect(check({})).not.toThrow();
  expect(check({ max_completion_tokens: 51 })).toThrow(
    expect.objectContaining({ code: 'key_not_allowed', param: 'max_completion_tokens' }),
  );
});

it("holds a text to its max_tokens, whatever a chat's field says beside it", () => {
  const caller = aCaller({ scopes: { maxOutputTokens: 100 } });
  const request = ask('text', { max_tokens: 5_000, max_completion_tokens: 1 });
  expect(() => refuseOutOfScope(request, measured(1), caller)).toThrow(
    expect.objectContaining({ code: 'key_not_allowed', param: 'max_tokens' }),
  );
});

describe('the output a worker is told', () => {
  const pool = { windowTokens: 1_000 };
  const told = (kind: 'chat' | 'text', fields: object, maxOutput: number | null, promptTokens = 10) =>
    outputTold({ held: { request: ask(kind, fields) }, measured: measured(promptTokens), maxOutput }, {
      clippedOutput: null,
      pool,
    } as never);

  it('is nothing for a key without a cap, and for a request that states its own', () => {
    expect([told('chat', {}, null), told('chat', { max_tokens: 5 }, 50)]).toEqual([null, null]);
  });

  it('is the cap where nothing is stated, or what the window leaves', () => {
    expect([told('chat', {}, 50), told('chat', {}, 5_000, 900)]).toEqual([50, 100]);
  });

  it("is left to vLLM's 16 for a text, unless the cap is lower", () => {
    expect([told('text', {}, 50), told('text', {}, 8)]).toEqual([null, 8]);
  });

  it('is 16 for a text that says null, which vLLM takes for the rest of the window, or the cap where that is lower', () => {
    const unlimited = { max_tokens: null };
    expect([told('text', unlimited, null), told('text', unlimited, 50), told('text', unlimited, 8)]).toEqual([
      16, 16, 8,
    ]);
    expect([told('text', unlimited, null, 990), told('chat', unlimited, null)]).toEqual([10, null]);
  });
});
