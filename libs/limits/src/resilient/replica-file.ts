// How many gateways there were, on disk, for a gateway that starts while Redis is away: alone with itself it would grant whole
// limits, and so would each of the others.
import { readFileSync } from 'node:fs';
import { replaceFile } from '../replace-file.ts';

export class ReplicaFile {
  readonly #file: string;
  readonly #failed: (error: unknown) => void;
  #kept: number | null = null;
  #wanted: number | null = null;
  #writing: Promise<void> | null = null;
  #isFailing = false;

  /** `failed`: told once, until it works again. Must not throw. */
  constructor(file: string, failed: (error: unknown) => void) {
    this.#file = file;
    this.#failed = failed;
  }

  /** null: there is none, or it is not ours. A few bytes, once at the start. */
  read(): number | null {
    try {
      const { gateways } = JSON.parse(readFileSync(this.#file, 'utf8'));
      if (!Number.isSafeInteger(gateways) || gateways < 1) return null;
      this.#kept = gateways;
      return gateways;
    } catch {
      // None yet, cut short or not readable: then it is as if there were none, and the next count is written over it.
      return null;
    }
  }

  /** Writes it if it is another; what failed is tried again when it is called again. Never throws. */
  keep(gateways: number): void {
    this.#wanted = gateways;
    if (gateways !== this.#kept) this.#writing ??= this.#write();
  }

  /** Resolves once nothing is being written. */
  async written(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    try {
      while (this.#wanted !== null && this.#wanted !== this.#kept) {
        const gateways = this.#wanted;
        await replaceFile(this.#file, (handle) => handle.writeFile(`${JSON.stringify({ gateways })}\n`));
        this.#kept = gateways;
        this.#isFailing = false;
      }
    } catch (error) {
      if (!this.#isFailing) this.#failed(error);
      this.#isFailing = true;
    } finally {
      this.#writing = null;
    }
  }
}
