// Hands the choices of one request to the engine, and takes them back when the client leaves or half-closes.
import { chainOf } from '../engine/block-hash.ts';
import type { Sequence } from '../engine/sequence.ts';
import { FaultyListener, isBreaking } from '../faults/faulty-listener.ts';
import { ApiError } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import type { SimContext } from '../sim-context.ts';
import { Choice, type ChoiceListener, type Delta } from './choice.ts';
import type { GenerationRequest } from './generation-request.ts';

export interface Prompt {
  readonly ids: readonly number[];
  readonly maxTokens: number;
  readonly topic: string;
  readonly startsThinking: boolean;
  readonly thinks: boolean;
  /** The prompt's text, where a request asks for it or echoes it. */
  readonly text: string;
  /** What is written instead of prose; null for prose. */
  readonly planned: string | null;
  readonly parsesTools: boolean;
}

interface Timing {
  readonly arrivedMs: number;
  readonly scheduledMs: number;
  readonly firstTokenMs: number;
  readonly finishedMs: number;
}

export interface Run {
  readonly choices: readonly Choice[];
  /** Starts generating; separate, so that the listener knows its choices first. */
  start(): void;
  /** Prompt tokens of the run found in the cache; known once it was admitted. */
  cachedTokens(): number;
  /** When the first choice arrived, ran, spoke and ended, on the engine's clock. */
  timing(): Timing;
}

export async function prepareRun(
  context: SimContext,
  request: GenerationRequest,
  prompts: readonly Prompt[],
  exchange: Exchange,
  answer: ChoiceListener,
): Promise<Run> {
  const { fault, res } = exchange;
  const listener = isBreaking(fault) ? new FaultyListener(fault, res, answer) : answer;
  const choices = await choicesOf(context, request, prompts, listener);
  const sequences: Sequence[] = [];
  const abortsAtOnce = fault?.kind === 'abort-empty' || context.state.phase === 'draining';
  if (!abortsAtOnce) refuseWhenFull(context, choices);
  res.once('close', () => {
    for (const sequence of sequences) if (sequence.state !== 'finished') context.engine.abort(sequence);
  });
  return {
    choices,
    start: () => {
      // The client may have gone while its prompt was tokenised.
      if (res.destroyed) return;
      if (abortsAtOnce) for (const choice of choices) answer.delta(choice, nothing, 'abort');
      else sequences.push(...choices.map((choice) => context.loop.submit(choice)));
    },
    cachedTokens: () =>
      sequences.reduce(
        (sum, sequence, index) => (index % request.choices ? sum : sum + sequence.cachedTokens),
        0,
      ),
    timing: () => sequences[0] ?? neverRan,
  };
}

const neverRan: Timing = { arrivedMs: 0, scheduledMs: 0, firstTokenMs: 0, finishedMs: 0 };

const nothing: Delta = { reasoning: '', content: '', calls: [], tokens: [] };

async function choicesOf(
  context: SimContext,
  request: GenerationRequest,
  prompts: readonly Prompt[],
  listener: ChoiceListener,
): Promise<readonly Choice[]> {
  const choices: Choice[] = [];
  for (const { ids, topic, thinks, planned, maxTokens, startsThinking, parsesTools } of prompts) {
    const promptHash = chainOf(ids, Math.max(1, ids.length), '').at(-1) ?? 0;
    const assignment = { promptHash, topic, thinks, planned, lastId: ids.at(-1) ?? 0 };
    for (let choice = 0; choice < request.choices; choice += 1) {
      const stream = await context.writer.begin({ ...assignment, choice });
      const shape = { index: choices.length, prompt: ids, maxTokens, startsThinking, parsesTools };
      choices.push(new Choice({ ...shape, request, stream, listener }));
    }
  }
  return choices;
}

/** vLLM's queue caps (0.29 on) count running and waiting requests, each answer of n as one. */
function refuseWhenFull({ settings, engine, metrics }: SimContext, choices: readonly Choice[]): void {
  const { maxQueuedRequests, maxQueuedTokens } = settings;
  const requests = engine.runningCount + engine.waitingCount + choices.length;
  if (maxQueuedRequests !== null && requests > maxQueuedRequests) {
    metrics.rejected('max_num_queued_reqs');
    throw queueFull();
  }
  const tokens = choices.reduce((sum, choice) => sum + choice.promptIds.length, engine.waitingTokens);
  if (maxQueuedTokens !== null && tokens > maxQueuedTokens) {
    metrics.rejected('max_num_queued_tokens');
    throw new ApiError(
      503,
      'Service Unavailable',
      `The engine has reached its prefill token backlog limit. ${retry}`,
    );
  }
}

const retry = 'Please try again later or on a different instance.';

export function queueFull(): ApiError {
  return new ApiError(
    503,
    'Service Unavailable',
    `The engine is currently busy and cannot accept new requests. ${retry}`,
  );
}
