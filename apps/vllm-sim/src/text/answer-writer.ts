// Writes what the simulated model answers: thinking, the end mark, an answer that names the question's topic. The same
// seed, prompt and choice give the same text; another prompt gives another.
import type { TokenCounter } from '#tokenizer';
import { type Phrase, type PhraseBook, readPhrases, tokensOf, tokensOfIds } from './phrase-book.ts';
import { type Random, seededRandom } from './seeded-random.ts';
import { endOfTurn, type Token, type TokenStream, thinkEnd } from './token.ts';

export interface Assignment {
  /** Chained hash of the prompt's tokens. */
  readonly promptHash: number;
  /** The words asked about; a few words are enough. */
  readonly topic: string;
  /** A chat thinks before it answers; a text completion just goes on. */
  readonly thinks: boolean;
  readonly choice: number;
  /** The prompt's last token; a script goes on after it where it contains it. */
  readonly lastId: number;
}

export interface AnswerWriter {
  begin(assignment: Assignment): Promise<TokenStream>;
}

export interface ProseOptions {
  readonly seed: number;
  /** Means of the two parts' lengths; a single answer is between half and one and a half of them. */
  readonly thinkingTokens: number;
  readonly answerTokens: number;
}

/** Sentences of a phrase book in seeded order. */
export async function createProseWriter(counter: TokenCounter, options: ProseOptions): Promise<AnswerWriter> {
  const book = await readPhrases(counter);
  const bridge = await tokensOf(counter, '\n\n');
  return {
    async begin({ promptHash, topic, thinks, choice }) {
      const random = seededRandom(promptHash ^ Math.imul(options.seed + 1, 0x9e3779b1) ^ (choice * 7919));
      const opening = thinks ? await tokensOf(counter, `Okay, the user is asking about ${topic}.`) : [];
      const start = await tokensOf(counter, thinks ? `On ${topic}:` : ` ${topic}:`);
      return new Prose(proseTokens({ opening, start, bridge, book, random, options, thinks }));
    },
  };
}

/**
 * One fixed text whatever is asked, ended by the end of turn and begun again when that is ignored. It goes on after the
 * prompt's last token where the text contains it, as the tiny scripted model behind the recorded answers does.
 */
export async function createScriptWriter(
  counter: TokenCounter,
  answer: string | readonly number[],
): Promise<AnswerWriter> {
  const tokens = typeof answer === 'string' ? tokensOf(counter, answer) : tokensOfIds(counter, answer);
  const script = [...(await tokens), { id: endOfTurn, text: '' }];
  return {
    begin: async ({ lastId }) => {
      let position = script.findIndex((token) => token.id === lastId);
      return {
        next() {
          position = (position + 1) % script.length;
          return script[position] ?? { id: endOfTurn, text: '' };
        },
      };
    },
  };
}

class Prose implements TokenStream {
  readonly #tokens: Iterator<Token>;

  constructor(tokens: Iterator<Token>) {
    this.#tokens = tokens;
  }

  next(): Token {
    return this.#tokens.next().value ?? { id: endOfTurn, text: '' };
  }
}

interface ProsePlan {
  readonly opening: readonly Token[];
  readonly start: readonly Token[];
  readonly bridge: readonly Token[];
  readonly book: PhraseBook;
  readonly random: Random;
  readonly options: ProseOptions;
  readonly thinks: boolean;
}

/** Endless: after the end of the turn it goes on, for those who ignore the end. */
function* proseTokens(plan: ProsePlan): Generator<Token> {
  const { random, options, book } = plan;
  if (plan.thinks) {
    yield* plan.opening;
    yield* paragraphs(book.thoughts, around(options.thinkingTokens, random), random);
    yield { id: thinkEnd, text: '</think>' };
    yield* plan.bridge;
  }
  yield* plan.start;
  yield* paragraphs(book.statements, around(options.answerTokens, random), random);
  for (;;) {
    yield { id: endOfTurn, text: '' };
    yield* paragraphs(book.statements, options.answerTokens, random);
  }
}

function* paragraphs(phrases: readonly Phrase[], tokens: number, random: Random): Generator<Token> {
  let left = tokens;
  while (left > 0) {
    const phrase = phrases[Math.floor(random() * phrases.length)];
    if (phrase === undefined) return;
    const part = left > 20 && random() < 0.2 ? phrase.last : phrase.inside;
    yield* part;
    left -= part.length;
  }
}

function around(mean: number, random: Random): number {
  return Math.round(mean * (0.5 + random()));
}
