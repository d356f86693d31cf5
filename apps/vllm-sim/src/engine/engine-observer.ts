// What the engine tells whoever keeps its figures.
import type { FinishReason, Sequence } from './sequence.ts';

export interface EngineObserver {
  /** A step began that computes so many tokens, prompt and output. */
  stepped(tokens: number): void;
  /** A request left the queue for the first time; its cached prompt tokens are known now. */
  admitted(sequence: Sequence): void;
  preempted(): void;
  produced(sequence: Sequence, nowMs: number): void;
  finished(sequence: Sequence, finish: FinishReason, nowMs: number): void;
}
