// The commands of the runbooks that need no cluster to be tried: the shell takes them, and `ropeway` has them. Those of kubectl
// and Helm: test/chart/runbook-commands.spec.ts.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { ropeway } from '../../apps/cli/src/ropeway.ts';
import { silentTerminal } from '../../apps/cli/src/testing/test-terminal.ts';
import { runbookCommands, runbookShells } from './runbook-commands.ts';

const logFields = new Set(
  [...readFileSync(join(import.meta.dirname, '../../docs/logs.md'), 'utf8').matchAll(/`(\w+)`/g)].map(
    ([, field]) => field,
  ),
);
const commands = runbookCommands('ropeway');

it.each(runbookShells)('the shell takes $# of them, of $page', ({ text }) => {
  const { status, stderr } = spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

it('there are commands to look at', () => {
  expect(commands.length).toBeGreaterThan(10);
});

it.each(commands)('the command line has `$line` of $page', ({ words }) => {
  const { command, rest } = leafOf(ropeway(silentTerminal), words);
  const { operands, unknown } = command.parseOptions([...rest]);
  expect(unknown.filter((word) => word !== '--help')).toEqual([]);
  if (rest.includes('--help')) return;
  expect(command.commands).toEqual([]);
  const { registeredArguments: taken } = command;
  expect(operands.length).toBeLessThanOrEqual(taken.length);
  expect(operands.length).toBeGreaterThanOrEqual(taken.filter(({ required }) => required).length);
});

it.each(runbookShells.filter(({ text }) => text.includes('fromjson')))(
  'a line of the log has the fields that $page asks for',
  ({ text }) => {
    const [, program = ''] = /jq -rR '([^']+)'/.exec(text) ?? [];
    const fields = [...program.matchAll(/\.([a-z]\w*)/g)].map(([, field]) => field);
    expect(fields.length).toBeGreaterThan(1);
    expect(fields.filter((field) => !logFields.has(field))).toEqual([]);
  },
);

function leafOf(command: Command, words: readonly string[]): { command: Command; rest: readonly string[] } {
  const next = command.commands.find((sub) => sub.name() === words[0]);
  return next === undefined ? { command, rest: words } : leafOf(next, words.slice(1));
}
