// Everything one simulated server can be told, with vLLM's flag behind each where there is one.
import type { ProfileName } from '#models';
import type { EngineOptions } from './engine/engine.ts';

export interface SimRope {
  readonly type: 'default' | 'yarn';
  readonly factor?: number;
}

type SimAnswer =
  | { readonly kind: 'prose'; readonly thinkingTokens: number; readonly answerTokens: number }
  /** One fixed answer, as text or as token ids; the end of the turn follows by itself. */
  | { readonly kind: 'script'; readonly script: string | readonly number[] };

export interface VllmSimSettings {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** --served-model-name; the first is used when a request names none. */
  readonly servedNames: readonly string[];
  /** --max-model-len. */
  readonly windowTokens: number;
  /** What --hf-overrides gave the server; nobody can read it back but in system_fingerprint. */
  readonly rope: SimRope;
  /** The family whose chat template the server has. */
  readonly profile: ProfileName;
  readonly seed: number;
  /** What /version says. */
  readonly version: string;
  /** The Rust front end (VLLM_USE_RUST_FRONTEND) has other errors and renders prompts differently. */
  readonly frontEnd: 'python' | 'rust';
  /** prompt + max_tokens beyond the window: refused up to vLLM 0.31, silently cut from 0.32. */
  readonly overWindow: 'refuse' | 'clip';
  /** --reasoning-parser. */
  readonly reasoningParser: 'deepseek_r1' | 'qwen3' | null;
  /** vLLM before 0.16 sent reasoning under both names. */
  readonly legacyReasoning: boolean;
  /** --enable-auto-tool-choice --tool-call-parser hermes. */
  readonly toolCalls: boolean;
  /** --api-key; empty asks for none. */
  readonly apiKeys: readonly string[];
  /** --enable-prompt-tokens-details. */
  readonly promptTokensDetails: boolean;
  /** --enable-force-include-usage. */
  readonly forceIncludeUsage: boolean;
  /** --enable-request-id-headers. */
  readonly requestIdHeaders: boolean;
  /** --enable-per-request-metrics. */
  readonly perRequestMetrics: boolean;
  /** --max-num-queued-reqs; null for no cap. */
  readonly maxQueuedRequests: number | null;
  /** --max-num-queued-tokens; null for no cap. */
  readonly maxQueuedTokens: number | null;
  /** --sse-keep-alive-interval; 0 for none. */
  readonly sseKeepAliveMs: number;
  /** The port refuses for so long, as while a real server loads its weights. */
  readonly startupDelayMs: number;
  /** --shutdown-timeout. */
  readonly shutdownTimeoutMs: number;
  /** VLLM_HTTP_TIMEOUT_KEEP_ALIVE. */
  readonly keepAliveMs: number;
  /** Names /metrics had before vLLM 0.12 (gpu_cache_usage_perc). */
  readonly oldMetricNames: boolean;
  readonly answer: SimAnswer;
  readonly engine: EngineOptions;
}

export interface VllmSimOptions extends Partial<Omit<VllmSimSettings, 'engine' | 'answer'>> {
  readonly engine?: Partial<EngineOptions>;
  readonly answer?:
    | { readonly kind: 'prose'; readonly thinkingTokens?: number; readonly answerTokens?: number }
    | { readonly kind: 'script'; readonly script: string | readonly number[] };
}

const prose = { kind: 'prose', thinkingTokens: 120, answerTokens: 80 } as const;

/** A QwQ-32B on two 80 GB cards, as docs/architecture.md has them: placement figures of the model card's size. */
const defaults: VllmSimSettings = {
  host: '127.0.0.1',
  port: 0,
  servedNames: ['QwQ-32B'],
  windowTokens: 40_960,
  rope: { type: 'default' },
  profile: 'qwq',
  seed: 1,
  version: '0.32.0',
  frontEnd: 'python',
  overWindow: 'clip',
  reasoningParser: 'deepseek_r1',
  legacyReasoning: false,
  toolCalls: true,
  apiKeys: [],
  promptTokensDetails: true,
  forceIncludeUsage: false,
  requestIdHeaders: false,
  perRequestMetrics: false,
  maxQueuedRequests: null,
  maxQueuedTokens: null,
  sseKeepAliveMs: 0,
  startupDelayMs: 0,
  shutdownTimeoutMs: 0,
  keepAliveMs: 5_000,
  oldMetricNames: false,
  answer: prose,
  engine: {
    prefillTokensPerS: 8_000,
    stepMs: 25,
    stepPerSequenceMs: 0.1,
    maxBatchedTokens: 2_048,
    maxSequences: 256,
    kvTokens: 450_000,
    blockTokens: 16,
  },
};

/** Throws for a KV cache that could not hold one whole window, as vLLM does at its start. */
export function settingsOf(options: VllmSimOptions): VllmSimSettings {
  const answer = options.answer?.kind === 'script' ? options.answer : { ...prose, ...options.answer };
  const settings = { ...defaults, ...options, answer, engine: { ...defaults.engine, ...options.engine } };
  if (settings.engine.kvTokens >= settings.windowTokens) return settings;
  throw new Error(
    `To serve at least one request with the model's max seq len (${settings.windowTokens}), more KV cache is needed than the ${settings.engine.kvTokens} tokens available.`,
  );
}
