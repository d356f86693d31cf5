// What the endpoints share: one server's settings, its tokenizer and its engine.
import type { TokenCounter } from '#tokenizer';
import type { Engine } from './engine/engine.ts';
import type { EngineLoop } from './engine/engine-loop.ts';
import type { SimFault } from './faults/sim-fault.ts';
import type { EngineMetrics } from './metrics/engine-metrics.ts';
import type { VllmSimSettings } from './options.ts';
import type { SimState } from './sim-state.ts';
import type { AnswerWriter } from './text/answer-writer.ts';

export interface SimContext {
  readonly settings: VllmSimSettings;
  readonly counter: TokenCounter;
  readonly writer: AnswerWriter;
  readonly engine: Engine;
  readonly loop: EngineLoop;
  readonly metrics: EngineMetrics;
  /** Makes the server fail as asked, or stops that. */
  inflict(fault: SimFault): void;
  heal(): void;
  readonly state: SimState;
  /** Differs by version, window and rope, as vLLM's does. */
  readonly fingerprint: string;
}
