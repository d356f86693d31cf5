// What a command sees of the world: where results and complaints go, who sits there, and the environment. Passed in, so
// that tests read what people see, and so that nothing below main.ts looks at the process.
import type { Environment } from '#config';

export interface Terminal {
  /** A line, or several, of the result: standard output. */
  out(text: string): void;
  /** A line for people: standard error. */
  err(text: string): void;
  /** A passing line, replaced by the next; null takes it away. Where nobody watches it is written now and then, or not at all. */
  progress(line: string | null): void;
  /** What a person answers; null where nobody is there to ask. */
  ask(question: string): Promise<string | null>;
  /** The whole of standard input. */
  input(): Promise<string>;
  readonly env: Environment;
  /** Width tables keep to. */
  readonly columns: number;
  readonly hasColors: boolean;
}

/** Ends a command with exit code 1 and this text, which says what to do about it. */
export class CommandFailed extends Error {}

/** Ends a command with exit code 2: it was called wrongly. */
export class WrongUsage extends Error {}
