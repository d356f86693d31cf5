// A message as the templates see it: what is left after vLLM's normalisation.

export interface Turn {
  readonly role: string;
  readonly content: string;
  /** Thinking sent back with an assistant message; null when there is none. */
  readonly reasoning: string | null;
  readonly calls: readonly CallText[];
}

export interface CallText {
  readonly name: string;
  /** The arguments as the template prints them: JSON text in Python's spelling. */
  readonly arguments: string;
}
