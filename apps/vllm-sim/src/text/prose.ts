// The order of an answer's parts, as an endless run of tokens.
import type { Phrase, PhraseBook } from './phrase-book.ts';
import type { Random } from './seeded-random.ts';
import { endOfTurn, type Token, thinkEnd } from './token.ts';

export interface ProseOptions {
  readonly seed: number;
  /** Means of the two parts' lengths; a single answer is between half and one and a half of them. */
  readonly thinkingTokens: number;
  readonly answerTokens: number;
}

interface ProsePlan {
  readonly opening: readonly Token[];
  readonly start: readonly Token[];
  readonly bridge: readonly Token[];
  readonly book: PhraseBook;
  readonly random: Random;
  readonly options: ProseOptions;
  readonly thinks: boolean;
  readonly instead: readonly Token[] | null;
}

/** Endless: after the end of the turn it goes on, for those who ignore the end. */
export function* proseTokens(plan: ProsePlan): Generator<Token> {
  const { random, options, book } = plan;
  if (plan.thinks) {
    yield* plan.opening;
    yield* paragraphs(book.thoughts, around(options.thinkingTokens, random), random);
    yield { id: thinkEnd, text: '</think>' };
    yield* plan.bridge;
  }
  if (plan.instead === null) {
    yield* plan.start;
    yield* paragraphs(book.statements, around(options.answerTokens, random), random);
  } else {
    yield* plan.instead;
  }
  for (;;) {
    yield { id: endOfTurn, text: '' };
    yield* paragraphs(book.statements, options.answerTokens, random);
  }
}

function* paragraphs(phrases: readonly Phrase[], tokens: number, random: Random): Generator<Token> {
  let left = tokens;
  let isNewParagraph = false;
  while (left > 0) {
    const phrase = phrases[Math.floor(random() * phrases.length)];
    if (phrase === undefined) return;
    const endsParagraph = left > 20 && random() < 0.2;
    const part = endsParagraph
      ? isNewParagraph
        ? phrase.alone
        : phrase.last
      : isNewParagraph
        ? phrase.first
        : phrase.inside;
    yield* part;
    left -= part.length;
    isNewParagraph = endsParagraph;
  }
}

function around(mean: number, random: Random): number {
  return Math.round(mean * (0.5 + random()));
}
