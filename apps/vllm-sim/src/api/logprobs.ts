// Log-probabilities in their two shapes. The simulated model is certain of every token.
import type { Token } from '../text/token.ts';

const shown = (token: Token) => ({
  token: token.text,
  logprob: 0,
  bytes: [...Buffer.from(token.text)],
});

export function chatLogprobs(tokens: readonly Token[], asked: number | null): object | null {
  if (asked === null) return null;
  const content = tokens.map((token) => ({ ...shown(token), top_logprobs: asked > 0 ? [shown(token)] : [] }));
  return { content };
}

/** `offset`: where the first token begins in the answer's text. */
export function textLogprobs(tokens: readonly Token[], asked: number | null, offset: number): object | null {
  if (asked === null) return null;
  let at = offset;
  const text_offset = tokens.map((token) => {
    const start = at;
    at += token.text.length;
    return start;
  });
  return {
    text_offset,
    token_logprobs: tokens.map(() => 0),
    tokens: tokens.map((token) => token.text),
    top_logprobs: tokens.map((token) => ({ [token.text]: 0 })),
  };
}
