// What became of one request, as its client saw it.

export type Ending =
  | { readonly kind: 'answered' }
  /** Its gateway was killed under it: no gateway can help that. */
  | { readonly kind: 'cut-by-kill' }
  /** `cause`: the fault's code, or what the connection did. */
  | { readonly kind: 'failed'; readonly cause: string };

export interface Outcome {
  /** The pool it needs. */
  readonly need: string;
  /** Where it went, as its answer's head said; null when none came. */
  readonly pool: string | null;
  readonly sentMs: number;
  readonly endedMs: number;
  /** From sending it to its first token; null when none came. */
  readonly firstTokenMs: number | null;
  /** It waited for a pool that slept. */
  readonly isCold: boolean;
  readonly ending: Ending;
  /** Why it was sent again before it was answered, once for each time. */
  readonly sentAgain: readonly SentAgain[];
}

/** All are from before a byte of an answer: nobody was there, or whoever was there said that another should be asked. */
export type SentAgain = 'connection refused' | 'gateway draining' | 'no gateway ready';
