// What --help shows to copy: pasted into a shell, each line is what it looks like.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { shellCommands } from '../../../test/docs/shell-commands.ts';
import { ropeway } from './ropeway.ts';
import { ran, silentTerminal } from './testing/test-terminal.ts';

function paths(command: Command, above: readonly string[] = []): readonly (readonly string[])[] {
  return [above, ...command.commands.flatMap((sub) => paths(sub, [...above, sub.name()]))];
}

/** Parses and runs nothing. */
async function parsed(args: readonly string[]): Promise<void> {
  const program = ropeway(silentTerminal);
  const withoutActions = (command: Command): void => {
    if (command.commands.length === 0) command.action(() => {});
    for (const sub of command.commands) withoutActions(sub);
  };
  withoutActions(program);
  await program.parseAsync(args, { from: 'user' });
}

const helps = await Promise.all(
  paths(ropeway(silentTerminal)).map(async (path) => (await ran([...path, '--help'])).out),
);
/** As a person copies them, from behind the `$` to the end of the line. */
const lines = helps.flatMap((help) => [...help.matchAll(/^ *\$ (.+)$/gm)].map(([, line = '']) => line));

describe('the examples of --help', () => {
  it('are there', () => expect(lines.length).toBeGreaterThan(40));

  it.each(lines)('can be read by a shell: %s', (line) => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: line, encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
  });

  it.each(lines)('are taken by the parser, no word too many: %s', async (line) => {
    // An interactive zsh takes `#` for a word, too.
    expect(line).not.toContain('#');
    for (const words of shellCommands(line)) {
      const place = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
      if (words[place] === 'ropeway') await parsed(words.slice(place + 1));
    }
  });

  it('have their remarks on lines of their own', () => {
    for (const help of helps) {
      const [, after = ''] = help.split(/^Examples?:\n/m);
      for (const line of after.split('\n\n', 1)[0]?.split('\n') ?? [])
        expect(line).toMatch(/^( {2}[$#] .+)?$/);
    }
  });
});
