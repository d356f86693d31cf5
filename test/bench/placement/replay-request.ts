// One request of a trace on its way through a replay: what it asks, and what became of it.

export interface ReplayRequest {
  readonly arrivalS: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Ids of its 512-token prefix blocks; an id stands for the block and everything before it. */
  readonly blocks: readonly number[];
  /** Blocks that can be cached: whole ones, and never the whole prompt (the last token is always computed). */
  readonly fullBlocks: number;
  hitTokens: number;
  firstTokenS: number;
  finishedS: number;
}

export function replayRequest(
  arrivalS: number,
  promptTokens: number,
  outputTokens: number,
  blocks: readonly number[],
): ReplayRequest {
  return {
    arrivalS,
    promptTokens,
    outputTokens: Math.max(1, outputTokens),
    blocks,
    fullBlocks: Math.min(Math.floor((promptTokens - 1) / 512), blocks.length),
    hitTokens: 0,
    firstTokenS: Number.NaN,
    finishedS: Number.NaN,
  };
}
