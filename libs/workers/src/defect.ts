// Why a worker must not be used: a word for whoever counts, and a sentence for whoever mends it.

/**
 * `window`, `served-name`: it serves something else than its pool declares. `labels`: its pod says so of itself. `tokenizer`: it
 * counts otherwise than we do. `unlike-vllm`: its `/v1/models` is none. `key`: it refuses the pool's key. `asleep`: its engine
 * sleeps. `address`: several pods claim it.
 */
export const QUARANTINE_CAUSES = [
  'window',
  'served-name',
  'labels',
  'tokenizer',
  'unlike-vllm',
  'key',
  'asleep',
  'address',
] as const;

export type QuarantineCause = (typeof QUARANTINE_CAUSES)[number];

export interface Defect {
  readonly cause: QuarantineCause;
  /** What is wrong and what to change, for people. */
  readonly reason: string;
}
