// The sentences, tokenised once at start with the served vocabulary, so that an answer is made by picking and not by
// tokenising. A sentence that ends a paragraph is other tokens than one that does not: ".\n\n" is a token of its own.
import type { TokenCounter } from '#tokenizer';
import { statements, thoughts } from './sentences.ts';
import type { Token } from './token.ts';

export interface Phrase {
  /** As it stands within a paragraph, with the space before it. */
  readonly inside: readonly Token[];
  /** As it stands at the end of a paragraph. */
  readonly last: readonly Token[];
  /** As it begins a paragraph, and as it is one by itself. */
  readonly first: readonly Token[];
  readonly alone: readonly Token[];
}

export interface PhraseBook {
  readonly thoughts: readonly Phrase[];
  readonly statements: readonly Phrase[];
}

export async function readPhrases(counter: TokenCounter): Promise<PhraseBook> {
  const phrase = async (sentence: string): Promise<Phrase> => ({
    inside: await tokensOf(counter, ` ${sentence}`),
    last: await tokensOf(counter, ` ${sentence}\n\n`),
    first: await tokensOf(counter, sentence),
    alone: await tokensOf(counter, `${sentence}\n\n`),
  });
  return {
    thoughts: await Promise.all(thoughts.map(phrase)),
    statements: await Promise.all(statements.map(phrase)),
  };
}

export async function tokensOf(counter: TokenCounter, text: string): Promise<readonly Token[]> {
  return await tokensOfIds(counter, await counter.encode([text]));
}

/** The text each id adds. A character spread over several tokens comes with the last of them, as vLLM sends it. */
export async function tokensOfIds(counter: TokenCounter, ids: readonly number[]): Promise<readonly Token[]> {
  const tokens: Token[] = [];
  let pending: number[] = [];
  for (const id of ids) {
    pending.push(id);
    const text = await counter.decode(pending);
    const isWhole = !text.endsWith('\uFFFD');
    tokens.push({ id, text: isWhole ? text : '' });
    if (isWhole) pending = [];
  }
  return tokens;
}
