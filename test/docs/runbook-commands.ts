// What the runbooks tell to run: every command of their blocks of shell, and of their text where it begins with a program (or says what
// to give Helm).
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellCommands } from './shell-commands.ts';

const root = join(import.meta.dirname, '..', '..');

/** Page and lines, as written. */
interface RunbookShell {
  readonly page: string;
  readonly text: string;
}

export const runbookShells: readonly RunbookShell[] = globSync('docs/runbooks/*.md', { cwd: root })
  .toSorted()
  .flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8');
    const blocks = [...text.matchAll(/^ *```sh\n([\s\S]+?)^ *```/gm)];
    const spans = [
      ...text.replaceAll(/^ *```[\s\S]+?^ *```/gm, '').matchAll(/`((?:npx|kubectl|helm|--set) [^`\n]+)`/g),
    ];
    return [...blocks, ...spans].map(([, shell = '']) => ({ page, text: shell }));
  });

/** The words after the program, of each command that runs it; `npx ropeway` and `ropeway` in a pod are one. */
export function runbookCommands(
  program: 'kubectl' | 'helm' | 'ropeway',
): readonly { readonly page: string; readonly line: string; readonly words: readonly string[] }[] {
  return runbookShells.flatMap(({ page, text }) =>
    shellCommands(text).flatMap((command) => {
      const at = command.findIndex((word, index) => word === program && isStart(command, index));
      return at === -1 ? [] : [{ page, line: command.join(' '), words: command.slice(at + 1) }];
    }),
  );
}

function isStart(command: readonly string[], index: number): boolean {
  return index === 0 || command[index - 1] === 'npx' || command[index - 1] === '--';
}
