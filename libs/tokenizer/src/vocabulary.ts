// What a vocabulary is, wherever it came from: an embedded asset or a served model's tokenizer.json.

/** A token that is found by its exact spelling before anything else happens to the text, such as `<|im_start|>`. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
}

/**
 * A byte-level BPE vocabulary in the order of the Qwen family: ids 0..255 are the single bytes, and merge `i` makes id
 * 256 + i, so that a token's id is its rank as well.
 */
export interface Vocabulary {
  /** sha256 of the tokenizer.json this came from, hex. */
  readonly sha256: string;
  /** For people: the name of the embedded vocabulary or the path that was read. */
  readonly source: string;
  readonly addedTokens: readonly AddedToken[];
  /** Halves of the merges; index 0 belongs to id 256. */
  readonly left: Int32Array;
  readonly right: Int32Array;
}

/** Ids below this are single bytes. */
export const BYTE_TOKENS = 256;
