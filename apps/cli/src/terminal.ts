// Where commands write: results to `out`, complaints to `err`. Passed in, so that tests read what people see.

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
}

/** Ends a command with exit code 1 and this one line. */
export class CommandFailed extends Error {}
