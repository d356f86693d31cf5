// Writes what the simulated model answers: thinking, the end mark, then an answer or a tool call. The same seed, prompt
// and choice give the same text; another prompt gives another.
import type { TokenCounter } from '#tokenizer';
import { readPhrases, tokensOf, tokensOfIds } from './phrase-book.ts';
import { type ProseOptions, proseTokens } from './prose.ts';
import { seededRandom } from './seeded-random.ts';
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
  /** What to write between the marks of a tool call instead of an answer; null for an answer. */
  readonly call: string | null;
}

export interface AnswerWriter {
  begin(assignment: Assignment): Promise<TokenStream>;
}

/** Sentences of a phrase book in seeded order. */
export async function createProseWriter(counter: TokenCounter, options: ProseOptions): Promise<AnswerWriter> {
  const book = await readPhrases(counter);
  const bridge = await tokensOf(counter, '\n\n');
  return {
    async begin({ promptHash, topic, thinks, choice, call }) {
      const random = seededRandom(promptHash ^ Math.imul(options.seed + 1, 0x9e3779b1) ^ (choice * 7919));
      const opening = thinks ? await tokensOf(counter, `Okay, the user is asking about ${topic}.`) : [];
      const start = call === null ? await tokensOf(counter, thinks ? `On ${topic}:` : ` ${topic}:`) : [];
      const calling = call === null ? null : await callTokens(counter, call);
      const tokens = proseTokens({ opening, start, bridge, book, random, options, thinks, calling });
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
  // The call stands where the answer would: after the mark and the blank line behind it.
  const answerAt = script.findIndex((token) => token.id === thinkEnd) + 2;
  return {
    begin: async ({ lastId, call }) => {
      const calling =
        call === null
          ? script
          : [...script.slice(0, answerAt), ...(await callTokens(counter, call)), endToken];
      let position = calling.findIndex((token) => token.id === lastId);
      return {
        next() {
          position = (position + 1) % calling.length;
          return calling[position] ?? endToken;
        },
      };
    },
  };
}

const endToken: Token = { id: endOfTurn, text: '' };

async function callTokens(counter: TokenCounter, call: string): Promise<readonly Token[]> {
  return await tokensOf(counter, `<tool_call>${call}</tool_call>`);
}
