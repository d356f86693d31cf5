// The command line of one simulated server, named after vLLM's flags where there is one.
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { SimRope, VllmSimOptions } from './options.ts';

interface CommandOptions {
  readonly host: string;
  readonly port: number;
  readonly window: number;
  readonly servedName: readonly string[];
  readonly rope: SimRope;
  readonly seed: number;
  readonly simVersion: string;
  readonly frontEnd: 'python' | 'rust';
  readonly overWindow: 'refuse' | 'clip';
  readonly reasoningParser: 'deepseek_r1' | 'qwen3' | 'none';
  readonly legacyReasoning: boolean;
  readonly apiKey: readonly string[];
  readonly maxQueuedReqs?: number;
  readonly maxQueuedTokens?: number;
  readonly startupDelayMs: number;
  readonly shutdownTimeoutMs: number;
  readonly prefillTokensPerS: number;
  readonly stepMs: number;
  readonly stepPerSequenceMs: number;
  readonly maxBatchedTokens: number;
  readonly maxSequences: number;
  readonly kvTokens: number;
  readonly thinkingTokens: number;
  readonly answerTokens: number;
  readonly oldMetricNames: boolean;
}

export function simOptions(command: Command): Command {
  const number = (flag: string, about: string, otherwise?: number): void => {
    command.addOption(new Option(`${flag} <number>`, about).default(otherwise).argParser(wholeOrPart));
  };
  const choice = (flag: string, about: string, choices: readonly string[], otherwise: string): void => {
    command.addOption(new Option(`${flag} <name>`, about).choices(choices).default(otherwise));
  };
  command.description('A faithful stand-in for a vLLM server that serves QwQ-32B, without a GPU.');
  command.option('--host <address>', 'address to listen on', '127.0.0.1');
  number('--port', 'port to listen on; 0 takes a free one', 8000);
  number('--window', 'tokens of the window (vLLM --max-model-len)', 40_960);
  command.option('--served-name <names...>', 'names of the model (vLLM --served-model-name)', ['QwQ-32B']);
  command.addOption(
    new Option('--rope <json>', 'rope_parameters of vLLM --hf-overrides, as {"type":"yarn","factor":2}')
      .default({ type: 'default' }, '{"type":"default"}')
      .argParser(ropeOf),
  );
  number('--seed', 'the same seed gives the same answers', 1);
  command.option('--sim-version <version>', 'what /version says', '0.32.0');
  choice('--front-end', 'whose dialect', ['python', 'rust'], 'python');
  choice(
    '--over-window',
    'prompt + max_tokens beyond the window: 0.31 refuses, 0.32 clips',
    ['refuse', 'clip'],
    'clip',
  );
  choice('--reasoning-parser', 'vLLM --reasoning-parser', ['deepseek_r1', 'qwen3', 'none'], 'deepseek_r1');
  command.option('--legacy-reasoning', 'send reasoning_content too, as vLLM before 0.16', false);
  command.option('--api-key <keys...>', 'keys asked for (vLLM --api-key)', []);
  number('--max-queued-reqs', 'vLLM --max-num-queued-reqs');
  number('--max-queued-tokens', 'vLLM --max-num-queued-tokens');
  number('--startup-delay-ms', 'the port refuses for so long', 0);
  number(
    '--shutdown-timeout-ms',
    'how long SIGTERM lets running answers finish (vLLM --shutdown-timeout)',
    0,
  );
  number('--prefill-tokens-per-s', 'speed of prefill', 8_000);
  number('--step-ms', 'time of a step', 25);
  number('--step-per-sequence-ms', 'added to a step for each running answer', 0.1);
  number('--max-batched-tokens', 'tokens of a step (vLLM --max-num-batched-tokens)', 2_048);
  number('--max-sequences', 'answers that run at once (vLLM --max-num-seqs)', 256);
  number('--kv-tokens', 'size of the KV cache', 450_000);
  number('--thinking-tokens', 'mean length of the thinking', 120);
  number('--answer-tokens', 'mean length of the answer after it', 80);
  command.option('--old-metric-names', 'metric names of vLLM before 0.12', false);
  return command;
}

export function optionsOf(given: CommandOptions): VllmSimOptions {
  return {
    host: given.host,
    port: given.port,
    windowTokens: given.window,
    servedNames: given.servedName,
    rope: given.rope,
    seed: given.seed,
    version: given.simVersion,
    frontEnd: given.frontEnd,
    overWindow: given.overWindow,
    reasoningParser: given.reasoningParser === 'none' ? null : given.reasoningParser,
    legacyReasoning: given.legacyReasoning,
    apiKeys: given.apiKey,
    maxQueuedRequests: given.maxQueuedReqs ?? null,
    maxQueuedTokens: given.maxQueuedTokens ?? null,
    startupDelayMs: given.startupDelayMs,
    shutdownTimeoutMs: given.shutdownTimeoutMs,
    oldMetricNames: given.oldMetricNames,
    answer: { kind: 'prose', thinkingTokens: given.thinkingTokens, answerTokens: given.answerTokens },
    engine: {
      prefillTokensPerS: given.prefillTokensPerS,
      stepMs: given.stepMs,
      stepPerSequenceMs: given.stepPerSequenceMs,
      maxBatchedTokens: given.maxBatchedTokens,
      maxSequences: given.maxSequences,
      kvTokens: given.kvTokens,
    },
  };
}

function wholeOrPart(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('not a number');
}

/** Also accepts `rope_type`, the key vLLM's overrides have. */
function ropeOf(text: string): SimRope {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) {
      const type = 'type' in value ? value.type : 'rope_type' in value ? value.rope_type : undefined;
      if (type === 'default') return { type };
      if (type === 'yarn' && 'factor' in value && typeof value.factor === 'number')
        return { type, factor: value.factor };
    }
  } catch {
    // Said below, with what would have been right.
  }
  throw new InvalidArgumentError('expected {"type":"default"} or {"type":"yarn","factor":2}');
}
