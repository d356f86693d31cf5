// A terminal for tests: what was written is kept, and whoever sits there answers as told.
import type { Environment } from '#config';
import { runCli } from '../run-cli.ts';
import type { Terminal } from '../terminal.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** Questions that were asked. */
  readonly asked: readonly string[];
}

export interface Sitting {
  readonly env?: Environment;
  /** What the person answers; null: nobody is there. */
  readonly answer?: string | null;
  readonly input?: string;
  readonly hasColors?: boolean;
  readonly columns?: number;
}

/** Runs one command to its end. Sees none of the test process's own environment. */
export async function ran(args: readonly string[], sitting: Sitting = {}): Promise<Ran> {
  const out: string[] = [];
  const err: string[] = [];
  const asked: string[] = [];
  const terminal: Terminal = {
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    progress: () => {},
    ask: async (question) => {
      asked.push(question);
      return sitting.answer ?? null;
    },
    input: async () => sitting.input ?? '',
    env: sitting.env ?? {},
    columns: sitting.columns ?? 80,
    hasColors: sitting.hasColors ?? false,
  };
  const code = await runCli(args, terminal);
  return { code, out: out.join('\n'), err: err.join('\n'), asked };
}

/** For looking at the tree of commands without running any. */
export const silentTerminal: Terminal = {
  out: () => {},
  err: () => {},
  progress: () => {},
  ask: async () => null,
  input: async () => '',
  env: {},
  columns: 80,
  hasColors: false,
};
