// Asks before what cannot be taken back. A script has nobody to ask: what it was told to do is done.
import { CommandFailed, type Terminal } from '../terminal.ts';

/** Returns when it may go on; throws CommandFailed when the person says no. */
export async function confirm(
  terminal: Terminal,
  { yes }: { readonly yes?: boolean },
  question: string,
): Promise<void> {
  if (yes) return;
  const answer = await terminal.ask(`${question} [y/N] `);
  if (answer !== null && !/^y(es)?$/i.test(answer.trim())) throw new CommandFailed('nothing was changed');
}
