// The commands of docs/kubernetes.md for kubectl and Helm: the programs have them, they are told the namespace of that page's
// installation, and what they name is there once it was installed so. Those of the runbooks: runbook-commands.spec.ts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { BUILDS, rendered } from '../../scripts/chart/deploy-tree.ts';
import { shellCommands } from '../docs/shell-commands.ts';
import { root } from './chart.ts';
import { readCall } from './program-flags.ts';

const page = readFileSync(join(root, 'docs/kubernetes.md'), 'utf8');
const shells = [
  ...page.matchAll(/^```sh\n([\s\S]+?)^```/gm),
  ...page.replaceAll(/^```[\s\S]+?^```/gm, '').matchAll(/`((?:kubectl|helm) (?!template)[^`\n]+)`/g),
].map(([, shell = '']) => shell);
const commands = shells
  .flatMap(shellCommands)
  .map((words) => ({ line: words.join(' '), program: words[0], words: words.slice(1) }));
const names = new Set(
  [...rendered(BUILDS['overlays/full'] ?? []).values()].map(({ metadata }) => metadata.name),
);

it('there are commands to look at', () => {
  expect(commands.length).toBeGreaterThan(10);
});

it.each(commands.filter(({ program }) => program === 'kubectl'))('kubectl takes `$line`', ({ words }) => {
  const { flags, operands } = readCall('kubectl', words);
  expect(flags.get('--namespace')).toBe('models');
  const named = operands.filter((word) => word.includes('ropeway')).map((word) => word.split('/').at(-1));
  expect(named.filter((name) => !names.has(name ?? ''))).toEqual([]);
});

it.each(commands.filter(({ program }) => program === 'helm'))('Helm takes `$line`', ({ words }) => {
  const { flags, operands } = readCall('helm', words);
  if (operands.length > 0) expect([operands[0], flags.get('--namespace')]).toEqual(['ropeway', 'models']);
});
