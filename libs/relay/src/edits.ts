// Changes to a run of bytes: each replaces a span (which may be empty) by other bytes. They may be said in any order, for
// what has to change is known only once the members round it have been read.
import type { FramePage } from './frame-page.ts';

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly bytes: Buffer;
  /** It repeats text of the same frame, so it differs from frame to frame. */
  readonly isMirror: boolean;
}

const NOTHING = Buffer.alloc(0);

export class Edits {
  readonly #edits: Edit[] = [];

  get count(): number {
    return this.#edits.length;
  }

  clear(): void {
    if (this.#edits.length > 0) this.#edits.length = 0;
  }

  replace(from: number, to: number, bytes: Buffer): void {
    this.#add({ from, to, bytes, isMirror: false });
  }

  cut(from: number, to: number): void {
    this.replace(from, to, NOTHING);
  }

  mirror(at: number, bytes: Buffer): void {
    this.#add({ from: at, to: at, bytes, isMirror: true });
  }

  /** Kept in ascending order; of those at one place, the first said comes first. */
  #add(edit: Edit): void {
    const edits = this.#edits;
    let at = edits.length;
    while (at > 0 && (edits[at - 1]?.from ?? 0) > edit.from) at--;
    if (at === edits.length) edits.push(edit);
    else edits.splice(at, 0, edit);
  }

  /** Whether something lies from `start` to `end` that is the same in every such frame. */
  changes(start: number, end: number): boolean {
    return this.#edits.some((edit) => !edit.isMirror && edit.from >= start && edit.to <= end);
  }

  /** Appends `source` from `start` to `end` with the changes that lie within. */
  apply(source: Buffer, start: number, end: number, page: FramePage, withMirrors = true): void {
    let at = start;
    for (const edit of this.#edits) {
      if (edit.from < start || edit.to > end || (edit.isMirror && !withMirrors)) continue;
      page.append(source, at, edit.from);
      page.append(edit.bytes, 0, edit.bytes.length);
      at = edit.to;
    }
    page.append(source, at, end);
  }
}
