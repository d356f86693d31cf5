// One result, two readers: JSON for scripts, words for people.
import type { Terminal } from '../terminal.ts';

/** `words` is only called for people. */
export function print(
  terminal: Terminal,
  { json }: { readonly json?: boolean },
  value: unknown,
  words: () => string,
): void {
  terminal.out(json ? JSON.stringify(value, null, 2) : words());
}
