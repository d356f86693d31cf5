// docs/cli.md and the tree of commands say the same, both ways.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { ropeway } from './ropeway.ts';
import { silentTerminal } from './testing/test-terminal.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8');

interface Documented {
  readonly command: string;
  readonly description: string;
  readonly options: string;
}

const COMMON = ['--admin-url', '--admin-key-file', '--json'];
const LIMITS = optionRows('limit');
const SCOPES = optionRows('scope');

function rowsOfCommands(): readonly Documented[] {
  return page.split('\n').flatMap((line) => {
    const [, command, description = '', options = ''] =
      /^\| `(ropeway [^`]+)` \| (.+?) \| (.+) \|$/.exec(line) ?? [];
    return command === undefined ? [] : [{ command, description, options }];
  });
}

/** Of the tables below "Limits and scopes". */
function optionRows(title: string): ReadonlyMap<string, string> {
  const [, table = ''] = page.split(`| ${title} | `);
  const lines = table.split('\n\n')[0]?.split('\n') ?? [];
  return new Map(
    lines.flatMap((line): [string, string][] => {
      const [, flags, description = ''] = /^\| `(--[^`]+)` \| (.+) \|$/.exec(line) ?? [];
      return flags === undefined ? [] : [[flags, description]];
    }),
  );
}

function rowsOfTree(command: Command, path: readonly string[]): readonly Documented[] {
  if (command.commands.length > 0)
    return command.commands.flatMap((sub) => rowsOfTree(sub, [...path, sub.name()]));
  const words = [...path, ...command.registeredArguments.map((argument) => `<${argument.name()}>`)];
  return [{ command: words.join(' '), description: command.description(), options: ownOptions(command) }];
}

function ownOptions({ options }: Command): string {
  const flags = options.map((option) => option.flags);
  const takesLimits = [...LIMITS.keys()].every((flag) => flags.includes(flag));
  const takesScopes = [...SCOPES.keys()].every((flag) => flags.includes(flag));
  const own = options
    .filter((option) => !COMMON.includes(option.long ?? ''))
    .filter(
      (option) => !(takesLimits && LIMITS.has(option.flags)) && !(takesScopes && SCOPES.has(option.flags)),
    )
    .map((option) => `\`${option.long}\``);
  const groups = [...(takesLimits ? ['limits'] : []), ...(takesScopes ? ['scopes'] : [])];
  return [...own, ...groups].join(', ') || '-';
}

const tree = rowsOfTree(ropeway(silentTerminal), ['ropeway']);

describe('docs/cli.md', () => {
  it('documents each command, and no other', () => {
    expect(rowsOfCommands().map(({ command }) => command)).toEqual(tree.map(({ command }) => command));
  });

  it.each(tree)('says of $command what --help says', (row) => {
    expect(rowsOfCommands().find(({ command }) => command === row.command)).toEqual(row);
  });

  it('says of limits and scopes what --help says', () => {
    const create = ropeway(silentTerminal)
      .commands.find((command) => command.name() === 'plan')
      ?.commands.find((command) => command.name() === 'set');
    const described = new Map(create?.options.map(({ flags, description }) => [flags, description]));
    expect([LIMITS.size, SCOPES.size]).toEqual([7, 8]);
    for (const [flags, description] of [...LIMITS, ...SCOPES]) expect(described.get(flags)).toBe(description);
  });

  it('calls no command and no option in its examples that there is not', () => {
    const flags = new Set(
      allCommands(ropeway(silentTerminal)).flatMap(({ options }) =>
        options.flatMap(({ long, short }) => [long, short]),
      ),
    );
    const examples = page.split('\n').filter((line) => /^(\$ )?ropeway /.test(line));
    expect(examples.length).toBeGreaterThan(10);
    for (const example of examples) {
      const words =
        example
          .replace(/^\$ /, '')
          .split(/\s*[|>#]/)[0]
          ?.split(' ') ?? [];
      expect(tree.some(({ command }) => words.join(' ').startsWith(command.replace(/ <.*/, '')))).toBe(true);
      for (const word of words) if (word.startsWith('-') && word !== '-') expect(flags).toContain(word);
    }
  });
});

function allCommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}
