// What a container wrote to both its outputs, over all its runs; the end of it, when that is much.
import type { GuardedProcess } from '../../servers/guarded-process.ts';

/** A gateway under load for a minute logs some thousand requests. */
const LOG_CHARACTERS = 4_194_304;

export class ContainerLog {
  #text = '';

  get text(): string {
    return this.#text;
  }

  keepOutputOf({ stdout, stderr }: GuardedProcess): void {
    for (const output of [stdout, stderr])
      output.setEncoding('utf8').on('data', (text: string) => this.add(text));
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length > 2 * LOG_CHARACTERS) this.#text = this.#text.slice(-LOG_CHARACTERS);
  }
}
