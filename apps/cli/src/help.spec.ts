import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { ropeway } from './ropeway.ts';
import { ran, silentTerminal } from './testing/test-terminal.ts';

function paths(command: Command, above: readonly string[] = []): readonly (readonly string[])[] {
  return [above, ...command.commands.flatMap((sub) => paths(sub, [...above, sub.name()]))];
}

function commandAt(path: readonly string[]): Command | undefined {
  let command: Command | undefined = ropeway(silentTerminal);
  for (const name of path) command = command?.commands.find((sub) => sub.name() === name);
  return command;
}

const all = paths(ropeway(silentTerminal)).map((path) => ({ name: ['ropeway', ...path].join(' '), path }));
const leaves = all.filter(({ path }) => commandAt(path)?.commands.length === 0);

describe('help', () => {
  it.each(all)('of $name reads in 80 columns', async ({ path }) => {
    const { code, out } = await ran([...path, '--help']);
    expect(code).toBe(0);
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it.each(all)('of $name has its options wrapped in a terminal of 60 columns', async ({ path }) => {
    const { out } = await ran([...path, '--help'], { columns: 60 });
    const [, options = ''] = /^Options:\n([\s\S]+?)(?:\n\n|$(?![\s\S]))/m.exec(out) ?? [];
    expect(options).toContain('--help');
    const isLong = (line: string) => line.length > 60 && line.trim().includes(' ');
    expect(options.split('\n').filter(isLong)).toEqual([]);
  });

  it.each(leaves)('$name says what it does, and what each option means', ({ path }) => {
    const command = commandAt(path);
    expect(command?.description()).toMatch(/^[A-Z].*[.?]$/);
    expect(command?.options.filter(({ description }) => description === '')).toEqual([]);
  });

  it.each(leaves)('of $name has an example of it', async ({ name, path }) => {
    const { out } = await ran([...path, '--help']);
    const [, examples = ''] = out.split(/^Examples?:\n/m);
    expect(examples.split('\n').filter((line) => line.trimStart().startsWith(`$ ${name} `))).not.toEqual([]);
  });

  it.each(leaves.filter(({ path }) => path[0] !== 'completion'))('$name can print JSON', ({ path }) => {
    expect(commandAt(path)?.options.map(({ long }) => long)).toContain('--json');
  });

  it('is what a noun without a verb gets, as a wrong call', async () => {
    expect(await ran(['tenant'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('Usage: ropeway tenant'),
    });
  });
});
