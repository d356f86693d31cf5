import { describe, expect, it } from '@jest/globals';
import type { FinishReason } from '../engine/sequence.ts';
import { endOfTurn, type Token, thinkEnd } from '../text/token.ts';
import { Choice, type ChoiceListener, type Delta } from './choice.ts';
import type { GenerationRequest } from './generation-request.ts';

const plain: GenerationRequest = {
  model: 'QwQ-32B',
  stream: true,
  includeUsage: false,
  continuousUsage: false,
  includeReasoning: true,
  returnTokenIds: false,
  maxTokens: null,
  minTokens: 0,
  ignoreEnd: false,
  stop: [],
  includeStop: false,
  stopTokenIds: [],
  choices: 1,
  cacheSalt: '',
  echo: false,
  thinkingBudget: null,
  streamInterval: 1,
  returnPromptText: false,
  logprobs: null,
};

class Heard implements ChoiceListener {
  readonly deltas: Delta[] = [];
  finish: FinishReason | null = null;
  behind = false;

  delta(_choice: Choice, delta: Delta, finish: FinishReason | null): void {
    this.deltas.push(delta);
    this.finish = finish;
  }

  failed(): void {}

  isBehind(): boolean {
    return this.behind;
  }
}

const words = (...texts: readonly string[]): readonly Token[] =>
  texts.map((text, index) => ({ id: index, text }));
const mark: Token = { id: thinkEnd, text: '</think>' };
const end: Token = { id: endOfTurn, text: '' };

/** Runs a choice as the engine would, until it ends or so many tokens are made. */
function run(tokens: readonly Token[], changes: Partial<GenerationRequest> = {}, heard = new Heard()) {
  const script = tokens.values();
  const stream = { next: () => script.next().value ?? end };
  const choice = new Choice({
    ...{
      index: 0,
      prompt: [],
      maxTokens: 100,
      stream,
      startsThinking: true,
      parsesTools: false,
      listener: heard,
    },
    request: { ...plain, ...changes },
  });
  for (let made = 1; heard.finish === null && made <= 100; made += 1)
    choice.produced(choice.produce().ends ? 'stop' : made === 100 ? 'length' : null);
  const text = (of: (delta: Delta) => string) => heard.deltas.map(of).join('');
  return {
    choice,
    heard,
    reasoning: text((delta) => delta.reasoning),
    content: text((delta) => delta.content),
  };
}

describe('thinking', () => {
  it('ends at the mark, which is shown in neither part', () => {
    const { reasoning, content, choice } = run([...words('a', ' b'), mark, ...words('c')]);
    expect([reasoning, content, choice.reasoningTokens]).toEqual(['a b', 'c', 2]);
  });

  it('is everything when the mark never comes', () => {
    expect(run(words('a', ' b'))).toMatchObject({ reasoning: 'a b', content: '' });
  });

  it('is cut by its budget, the mark included in it', () => {
    const { reasoning, content, choice } = run([...words('a', ' b', ' c'), mark, ...words('d')], {
      thinkingBudget: 3,
    });
    expect([reasoning, content, choice.completionTokens]).toEqual(['a b', 'd', 5]);
  });
});

describe('stop strings', () => {
  it('end the answer before them, even when spread over tokens', () => {
    const { reasoning, choice, heard } = run(words('one st', 'op', ' two'), { stop: ['stop'] });
    expect([reasoning, choice.stopReason, heard.finish, choice.completionTokens]).toEqual([
      'one ',
      'stop',
      'stop',
      2,
    ]);
  });

  it('stay in the answer when asked to', () => {
    expect(run(words('one stop two'), { stop: ['stop'], includeStop: true }).reasoning).toBe('one stop');
  });

  it('hold back what may become one, and give it when it does not', () => {
    const { heard, reasoning } = run(words('abcdef', 'gh'), { stop: ['xyz'] });
    expect(heard.deltas[0]?.reasoning).toBe('abcd');
    expect(reasoning).toBe('abcdefgh');
  });
});

it('goes on over the end while fewer tokens than asked are made', () => {
  const { choice } = run([end, ...words('a', 'b', 'c')], { minTokens: 3 });
  expect(choice.completionTokens).toBe(4);
});

it('gathers tokens for a reader who is behind, and loses none', () => {
  const heard = new Heard();
  heard.behind = true;
  const { reasoning } = run(words('a', 'b', 'c'), {}, heard);
  expect([heard.deltas.length, reasoning]).toEqual([1, 'abc']);
});
