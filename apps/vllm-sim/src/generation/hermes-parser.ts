// Finds tool calls in generated text as vLLM's hermes parser does in a stream: first the name, once it is complete,
// then the arguments piece by piece, as they were spelled.
import { randomBytes } from 'node:crypto';

export interface CallDelta {
  readonly index: number;
  /** With the name, in a call's first delta only. */
  readonly id?: string;
  readonly name?: string;
  readonly arguments?: string;
}

export class HermesParser {
  #index = -1;
  #text = '';
  #hasName = false;
  #sentCharacters = 0;

  get calls(): number {
    return this.#index + 1;
  }

  /** `<tool_call>` came. */
  begin(): void {
    this.#index += 1;
    this.#text = '';
    this.#hasName = false;
    this.#sentCharacters = 0;
  }

  push(text: string): readonly CallDelta[] {
    this.#text += text;
    const deltas: CallDelta[] = [];
    if (!this.#hasName) {
      const name = /"name"\s*:\s*"([^"]+)"/.exec(this.#text)?.[1];
      if (name === undefined) return [];
      this.#hasName = true;
      deltas.push({ index: this.#index, id: `chatcmpl-tool-${randomBytes(8).toString('hex')}`, name });
    }
    const fresh = this.#arguments().slice(this.#sentCharacters);
    this.#sentCharacters += fresh.length;
    return fresh === '' ? deltas : [...deltas, { index: this.#index, arguments: fresh }];
  }

  /** The arguments object as far as it is there, without the brace that closes the call around it. */
  #arguments(): string {
    const key = /"arguments"\s*:\s*/.exec(this.#text);
    if (key === null) return '';
    const start = key.index + key[0].length;
    let depth = 0;
    let isInString = false;
    for (let at = start; at < this.#text.length; at += 1) {
      const character = this.#text[at];
      if (isInString && character === '\\') at += 1;
      else if (character === '"') isInString = !isInString;
      else if (!isInString && (character === '{' || character === '[')) depth += 1;
      else if (!isInString && (character === '}' || character === ']')) depth -= 1;
      if (depth <= 0 && !isInString) return this.#text.slice(start, at + 1);
    }
    return this.#text.slice(start);
  }
}
