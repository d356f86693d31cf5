// Reads an answer's frames as far as the rehearsal asks: when the first token came, and how the stream ended.

/** Longer than an error frame. */
const TAIL_CHARACTERS = 2_000;
const TOKEN = /"(?:content|reasoning|reasoning_content)":"[^"]/;
const ERROR = /^data: \{"error":.*"code":"(\w+)"/m;

export class StreamReader {
  #tail = '';
  #hasToken = false;

  /** True for the chunk that brings the first token. */
  take(text: string): boolean {
    this.#tail = (this.#tail + text).slice(-TAIL_CHARACTERS);
    if (this.#hasToken || !TOKEN.test(this.#tail)) return false;
    this.#hasToken = true;
    return true;
  }

  /** The code of the error it ended with; null: it said [DONE]; 'cut': neither. */
  get end(): string | null {
    const [, code] = ERROR.exec(this.#tail) ?? [];
    if (code !== undefined) return code;
    return this.#tail.endsWith('data: [DONE]\n\n') ? null : 'cut';
  }
}
