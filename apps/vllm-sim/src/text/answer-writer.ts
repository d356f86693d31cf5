// Writes what the simulated model answers: thinking, the end mark, then an answer or a tool call. The same seed, prompt
// and choice give the same text; another prompt gives another.
import type { TokenCounter } from '#tokenizer';
import { readPhrases, tokensOf, tokensOfIds } from './phrase-book.ts';
import { type ProseOptions, proseTokens } from './prose.ts';
import { seededRandom } from './seeded-random.ts';
import { endOfTurn, type Token, type TokenStream, thinkEnd } from './token.ts';

interface Assignment {
  /** Chained hash of the prompt's tokens. */
  readonly promptHash: number;
  /** The words asked about; a few words are enough. */
  readonly topic: string;
  /** A chat thinks before it answers; a text completion just goes on. */
  readonly thinks: boolean;
  readonly choice: number;
  /** The prompt's last token; a script goes on after it where it contains it. */
  readonly lastId: number;
  /** What to write instead of prose: a tool call with its marks, or the JSON that was asked for; null for prose. */
  readonly planned: string | null;
}

export interface AnswerWriter {
  begin(assignment: Assignment): Promise<TokenStream>;
}

/** Sentences of a phrase book in seeded order. */
export async function createProseWriter(counter: TokenCounter, options: ProseOptions): Promise<AnswerWriter> {
  const book = await readPhrases(counter);
  const bridge = await tokensOf(counter, '\n\n');
  return {
    async begin({ promptHash, topic, thinks, choice, planned }) {
      const random = seededRandom(promptHash ^ Math.imul(options.seed + 1, 0x9e3779b1) ^ (choice * 7919));
      const opening = thinks ? await tokensOf(counter, `Okay, the user is asking about ${topic}.`) : [];
      const start = planned === null ? await tokensOf(counter, thinks ? `On ${topic}:` : ` ${topic}:`) : [];
      const instead = planned === null ? null : await tokensOf(counter, planned);
      const tokens = proseTokens({ opening, start, bridge, book, random, options, thinks, instead });
      return { next: () => tokens.next().value ?? endToken };
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
  const script = [...(await tokens), endToken];
  // What is planned stands where the answer would: after the mark and the blank line behind it.
  const answerAt = script.findIndex((token) => token.id === thinkEnd) + 2;
  return {
    begin: async ({ lastId, planned }) => {
      const instead =
        planned === null
          ? script
          : [...script.slice(0, answerAt), ...(await tokensOf(counter, planned)), endToken];
      let position = instead.findIndex((token) => token.id === lastId);
      return {
        next() {
          position = (position + 1) % instead.length;
          return instead[position] ?? endToken;
        },
      };
    },
  };
}

const endToken: Token = { id: endOfTurn, text: '' };
