// Which vLLM the contract suite asks: a simulator started for each recorded server's flags, or the real one at VLLM_URL.
import { startVllmSim, type VllmSimOptions } from '#vllm-sim';

export interface Target {
  readonly url: string;
  close(): Promise<void>;
}

/** Folders of recorded answers: one a server that was recorded, named as in test/fixtures/vllm-golden. */
export type Recorded = (typeof RECORDED)[number];

export const RECORDED = ['a', 'b', 'c', 'd', 'e', 'v033', 'rust'] as const;

/**
 * What the tiny scripted model behind the recordings says ("Okay, the user wants an answer. Think step by step!",
 * </think>, "Hello there friend"), as its ids: it spells the last "step" with two tokens.
 */
const script = [
  32313, 11, 279, 1196, 6801, 458, 4226, 13, 21149, 3019, 553, 4087, 79, 0, 151668, 271, 9707, 1052, 4238,
];

/** The recorded servers ran on CPU: blocks of 128 tokens, and a KV cache of 1 GiB. */
const base: VllmSimOptions = {
  answer: { kind: 'script', script },
  promptTokensDetails: true,
  engine: {
    blockTokens: 128,
    stepMs: 0.1,
    stepPerSequenceMs: 0,
    prefillTokensPerS: 10_000_000,
    kvTokens: 262_144,
  },
};

const flags: Readonly<Record<Recorded, VllmSimOptions>> = {
  a: base,
  b: { ...base, windowTokens: 131_072, rope: { type: 'yarn', factor: 4 } },
  c: {
    ...base,
    reasoningParser: 'qwen3',
    requestIdHeaders: true,
    forceIncludeUsage: true,
    perRequestMetrics: true,
  },
  d: base,
  e: {
    ...base,
    reasoningParser: null,
    toolCalls: false,
    promptTokensDetails: false,
    apiKeys: ['sk-a', 'sk-b'],
    servedNames: ['QwQ-32B', 'qwq'],
  },
  v033: { ...base, version: '0.33.0' },
  rust: { ...base, frontEnd: 'rust' },
};

/** A real server is one of the recorded kinds; VLLM_RECORDED says which (default a). */
export const recordedServers: readonly Recorded[] =
  process.env.VLLM_URL === undefined ? RECORDED : [recordedKind(process.env.VLLM_RECORDED)];

export const isReal = process.env.VLLM_URL !== undefined;

export async function openTarget(recorded: Recorded): Promise<Target> {
  const url = process.env.VLLM_URL;
  if (url !== undefined) return { url, close: async () => {} };
  return await startVllmSim(flags[recorded]);
}

function recordedKind(name: string | undefined): Recorded {
  return RECORDED.find((kind) => kind === name) ?? 'a';
}
