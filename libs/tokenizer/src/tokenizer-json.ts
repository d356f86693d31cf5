// A served model's own tokenizer.json, read and checked. The counter knows one structure, that of the Qwen family; a file
// that has another is refused with a sentence that says where, because counting with it would be quietly wrong.
import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { refuseAddedTokens } from './added-token-finder.ts';
import { spellingOfToken } from './byte-alphabet.ts';
import { type AddedToken, BYTE_TOKENS, type Vocabulary } from './vocabulary.ts';

type VocabularyFile =
  | { readonly usable: true; readonly vocabulary: Vocabulary }
  | { readonly usable: false; readonly reason: string };

/** The splitting pattern of Qwen2, Qwen2.5, QwQ and Qwen3, which PretokenScanner is written after. */
const QWEN_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** Ids are packed into this many bits (see findMerge). */
const MOST_TOKENS = 2 ** 18;

const byteLevel = z.object({
  type: z.literal('ByteLevel'),
  add_prefix_space: z.literal(false),
  use_regex: z.literal(false),
});

const structure = z.object({
  normalizer: z.object({ type: z.literal('NFC') }),
  pre_tokenizer: z.object({
    type: z.literal('Sequence'),
    pretokenizers: z.tuple([
      z.object({
        type: z.literal('Split'),
        pattern: z.object({ Regex: z.literal(QWEN_PATTERN) }),
        behavior: z.literal('Isolated'),
        invert: z.literal(false),
      }),
      byteLevel,
    ]),
  }),
  post_processor: z.object({ type: z.literal('ByteLevel') }).nullish(),
  model: z.object({
    type: z.literal('BPE'),
    dropout: z.null().optional(),
    continuing_subword_prefix: z.literal('').nullish(),
    end_of_word_suffix: z.literal('').nullish(),
    byte_fallback: z.literal(false).optional(),
    ignore_merges: z.literal(false).optional(),
  }),
});

const contents = z.object({
  added_tokens: z.array(
    z.object({
      id: z.number().int(),
      content: z.string(),
      single_word: z.literal(false),
      lstrip: z.literal(false),
      rstrip: z.literal(false),
      normalized: z.literal(false),
    }),
  ),
  model: z.object({
    vocab: z.custom<Readonly<Record<string, unknown>>>(
      (value) => typeof value === 'object' && value !== null,
    ),
    merges: z.custom<readonly unknown[]>((value) => Array.isArray(value)),
  }),
});

export async function readTokenizerJson(path: string): Promise<VocabularyFile> {
  let bytes: Buffer;
  let json: unknown;
  try {
    bytes = await readFile(path);
    json = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    return refused(
      path,
      `It cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  const file = structure.and(contents).safeParse(json);
  if (!file.success) {
    const [issue] = file.error.issues;
    return otherStructure(path, `Its "${issue?.path.join('.')}" is another: ${issue?.message}.`);
  }
  const { added_tokens: addedTokens, model } = file.data;
  const merges = readMerges(new Map(Object.entries(model.vocab)), model.merges);
  const reason = typeof merges === 'string' ? merges : refuseAddedTokens(addedTokens);
  if (typeof merges === 'string' || reason !== null) return otherStructure(path, reason ?? '');
  const added: AddedToken[] = addedTokens.map(({ id, content }) => ({ id, content }));
  return {
    usable: true,
    vocabulary: { sha256: hash('sha256', bytes), source: path, addedTokens: added, ...merges },
  };
}

/** The halves of each merge by id, or why this vocabulary cannot be used. */
function readMerges(
  vocab: ReadonlyMap<string, unknown>,
  merges: readonly unknown[],
): Pick<Vocabulary, 'left' | 'right'> | string {
  if (vocab.size !== BYTE_TOKENS + merges.length)
    return 'Its vocabulary is not the 256 bytes and one token a merge.';
  if (vocab.size > MOST_TOKENS) return `It has more than ${MOST_TOKENS} tokens.`;
  for (const [id, spelling] of spellingOfToken.entries()) {
    if (vocab.get(spelling) !== id) return `Its token ${JSON.stringify(spelling)} is not id ${id}.`;
  }
  const left = new Int32Array(merges.length);
  const right = new Int32Array(merges.length);
  for (const [index, merge] of merges.entries()) {
    const [first, second] = typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
    const a = vocab.get(first);
    const b = vocab.get(second);
    const made = BYTE_TOKENS + index;
    if (
      typeof a !== 'number' ||
      typeof b !== 'number' ||
      vocab.get(`${first}${second}`) !== made ||
      a >= made ||
      b >= made
    ) {
      return `Its merge ${index} does not make token ${made} of earlier ones.`;
    }
    left[index] = a;
    right[index] = b;
  }
  return { left, right };
}

/** Only a counter for that structure could use it, so the sentence says how to do without one. */
export function otherStructure(path: string, reason: string): VocabularyFile & { readonly usable: false } {
  return refused(
    path,
    `${reason} Only the structure of the Qwen family is known: for another, set the model's \`counting: worker\` and leave out \`vocabulary\`.`,
  );
}

function refused(path: string, reason: string): VocabularyFile & { readonly usable: false } {
  return { usable: false, reason: `The tokenizer file ${path} cannot be used for counting. ${reason}` };
}
