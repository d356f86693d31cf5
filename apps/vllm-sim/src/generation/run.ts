// Hands the choices of one request to the engine, and takes them back when the client leaves.
import type { ServerResponse } from 'node:http';
import { chainOf } from '../engine/block-hash.ts';
import type { Sequence } from '../engine/sequence.ts';
import { ApiError } from '../http/api-error.ts';
import type { SimContext } from '../sim-context.ts';
import { Choice, type ChoiceListener } from './choice.ts';
import type { GenerationRequest } from './generation-request.ts';

export interface Prompt {
  readonly ids: readonly number[];
  readonly maxTokens: number;
  readonly topic: string;
  readonly startsThinking: boolean;
  readonly thinks: boolean;
}

export interface Run {
  readonly choices: readonly Choice[];
  /** Starts generating; separate, so that the listener knows its choices first. */
  start(): void;
  /** Prompt tokens of the run found in the cache; known once it was admitted. */
  cachedTokens(): number;
  abort(): void;
}

export async function prepareRun(
  context: SimContext,
  request: GenerationRequest,
  prompts: readonly Prompt[],
  listener: ChoiceListener,
): Promise<Run> {
  const choices: Choice[] = [];
  for (const prompt of prompts) {
    const promptHash = chainOf(prompt.ids, Math.max(1, prompt.ids.length), '').at(-1) ?? 0;
    for (let choice = 0; choice < request.choices; choice += 1) {
      const { topic, thinks } = prompt;
      const stream = await context.writer.begin({ promptHash, topic, thinks, choice });
      const { ids, maxTokens, startsThinking } = prompt;
      const index = choices.length;
      choices.push(new Choice({ index, prompt: ids, maxTokens, request, stream, startsThinking, listener }));
    }
  }
  refuseWhenFull(context, choices);
  const sequences: Sequence[] = [];
  return {
    choices,
    start: () => sequences.push(...choices.map((choice) => context.loop.submit(choice))),
    cachedTokens: () =>
      sequences.reduce(
        (sum, sequence, index) => (index % request.choices ? sum : sum + sequence.cachedTokens),
        0,
      ),
    abort: () => {
      for (const sequence of sequences) if (sequence.state !== 'finished') context.engine.abort(sequence);
    },
  };
}

/** vLLM's queue caps (0.29 on) count running and waiting requests, each answer of n as one. */
function refuseWhenFull({ settings, engine }: SimContext, choices: readonly Choice[]): void {
  const { maxQueuedRequests, maxQueuedTokens } = settings;
  const retry = 'Please try again later or on a different instance.';
  const requests = engine.runningCount + engine.waitingCount + choices.length;
  if (maxQueuedRequests !== null && requests > maxQueuedRequests)
    throw new ApiError(
      503,
      'Service Unavailable',
      `The engine is currently busy and cannot accept new requests. ${retry}`,
    );
  const tokens = choices.reduce((sum, choice) => sum + choice.promptIds.length, engine.waitingTokens);
  if (maxQueuedTokens !== null && tokens > maxQueuedTokens)
    throw new ApiError(
      503,
      'Service Unavailable',
      `The engine has reached its prefill token backlog limit. ${retry}`,
    );
}

/** A client that goes, or half-closes, ends its generations at once. */
export function abortWithClient(res: ServerResponse, run: Run): void {
  res.once('close', () => run.abort());
}
