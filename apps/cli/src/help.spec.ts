import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { ropeway } from './ropeway.ts';
import { ran } from './testing/test-terminal.ts';

const QUIET = {
  out: () => {},
  err: () => {},
  progress: () => {},
  ask: async () => null,
  input: async () => '',
  env: {},
  columns: 80,
  hasColors: false,
};

function paths(command: Command, above: readonly string[] = []): readonly (readonly string[])[] {
  return [above, ...command.commands.flatMap((sub) => paths(sub, [...above, sub.name()]))];
}

function commandAt(path: readonly string[]): Command | undefined {
  let command: Command | undefined = ropeway(QUIET);
  for (const name of path) command = command?.commands.find((sub) => sub.name() === name);
  return command;
}

const all = paths(ropeway(QUIET));
const leaves = all.filter((path) => commandAt(path)?.commands.length === 0);

describe('help', () => {
  it.each(all.map((path) => [['ropeway', ...path].join(' '), path]))(
    'of %s reads in 80 columns',
    async (_, path) => {
      const { code, out } = await ran([...path, '--help']);
      expect(code).toBe(0);
      expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    },
  );

  it.each(leaves.map((path) => [path.join(' '), path]))(
    '%s says what it does, and what each option means',
    (_, path) => {
      const command = commandAt(path);
      expect(command?.description()).toMatch(/^[A-Z].*[.?]$/);
      expect(command?.options.filter(({ description }) => description === '')).toEqual([]);
    },
  );

  it.each(leaves.filter(([noun]) => noun !== 'completion').map((path) => [path.join(' '), path]))(
    '%s can print JSON',
    (_, path) => {
      expect(commandAt(path)?.options.map(({ long }) => long)).toContain('--json');
    },
  );

  it('is what a noun without a verb gets, as a wrong call', async () => {
    expect(await ran(['tenant'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('Usage: ropeway tenant'),
    });
  });
});
