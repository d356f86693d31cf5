// The end of a stream that is cut because its budget is used up: a last chunk for each choice that has begun and not
// finished, so that a client sees an answer that was too long (`finish_reason: "length"`) before it sees the error.
// Kept only for streams that can be cut so.
import { MemberCursor, skipSpace } from './json-walk.ts';

/** What every chunk of a stream has in common. */
const COMMON = ['id', 'object', 'created', 'model', 'system_fingerprint'] as const;

/** Far above any `n`: a worker that counts on for ever must not fill our memory. */
const MOST_CHOICES = 1_024;

export class LengthEnding {
  readonly #kind: 'chat' | 'text';
  readonly #modelAlias: Buffer | null;
  readonly #open = new Set<number>();
  /** The members all chunks have in common, as JSON text, each with its comma; null until a chunk has come. */
  #common: string | null = null;

  constructor(kind: 'chat' | 'text', modelAlias: Buffer | null) {
    this.#kind = kind;
    this.#modelAlias = modelAlias;
  }

  /** Of the first chunk alone: the others say the same. */
  noteChunk(bytes: Buffer, start: number, end: number): void {
    if (this.#common !== null) return;
    const members = new MemberCursor().enter(bytes, skipSpace(bytes, start, end), end);
    let common = '';
    while (members.next()) {
      const name = COMMON.find((known) => members.isKey(known));
      if (name === undefined) continue;
      const alias = name === 'model' ? this.#modelAlias : null;
      common += `"${name}":${alias ?? bytes.toString('utf8', members.valueStart, members.valueEnd)},`;
    }
    this.#common = common;
  }

  noteChoice(index: number, isFinished: boolean): void {
    if (isFinished) this.#open.delete(index);
    else if (Number.isSafeInteger(index) && index >= 0 && this.#open.size < MOST_CHOICES)
      this.#open.add(index);
  }

  /** One chunk a choice, as the worker sends them; empty when none is open. A delta without text has `content: ""`, as all. */
  frames(): Buffer {
    const empty = this.#kind === 'chat' ? '"delta":{"content":""}' : '"text":""';
    const chunk = (index: number) =>
      `data: {${this.#common ?? ''}"choices":[{"index":${index},${empty},"logprobs":null,"finish_reason":"length"}]}\n\n`;
    return Buffer.from([...this.#open].map(chunk).join(''));
  }
}
