// Gathers a whole answer for a request that does not stream.
import type { ServerResponse } from 'node:http';
import type { FinishReason } from '../engine/sequence.ts';
import type { Choice, ChoiceListener, Delta } from '../generation/choice.ts';
import type { CallDelta } from '../generation/hermes-parser.ts';
import { ClientGone, engineDead } from '../http/api-error.ts';
import type { Token } from '../text/token.ts';

export interface Collected {
  readonly choice: Choice;
  reasoning: string;
  content: string;
  tokens: Token[];
  calls: CollectedCall[];
  finish: FinishReason | null;
}

export interface CollectedCall {
  readonly id: string;
  readonly name: string;
  arguments: string;
}

export class Collector implements ChoiceListener {
  readonly #answers = new Map<number, Collected>();
  readonly #finished = Promise.withResolvers<void>();
  #unfinished = 0;

  /** Resolves with every answer; rejects when the engine died under one, or the client has gone. */
  async collect(
    choices: readonly Choice[],
    start: () => void,
    res: ServerResponse,
  ): Promise<readonly Collected[]> {
    res.once('close', () => this.#finished.reject(new ClientGone()));
    this.#unfinished = choices.length;
    for (const choice of choices)
      this.#answers.set(choice.index, {
        choice,
        reasoning: '',
        content: '',
        tokens: [],
        calls: [],
        finish: null,
      });
    start();
    await this.#finished.promise;
    return [...this.#answers.values()];
  }

  delta(choice: Choice, delta: Delta, finish: FinishReason | null): void {
    const answer = this.#answers.get(choice.index);
    if (answer === undefined) return;
    answer.reasoning += delta.reasoning;
    answer.content += delta.content;
    answer.tokens.push(...delta.tokens);
    for (const call of delta.calls) addCall(answer.calls, call);
    answer.finish = finish;
    if (finish !== null) this.#unfinished -= 1;
    if (this.#unfinished === 0) this.#finished.resolve();
  }

  isBehind(): boolean {
    return false;
  }

  failed(): void {
    this.#finished.reject(engineDead());
  }
}

function addCall(calls: CollectedCall[], delta: CallDelta): void {
  if (delta.id !== undefined) calls.push({ id: delta.id, name: delta.name ?? '', arguments: '' });
  const call = calls[delta.index];
  if (call !== undefined) call.arguments += delta.arguments ?? '';
}
