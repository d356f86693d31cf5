// The README is what a new user pastes: what it shows must be what is there.
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { demoTable } from '../../apps/standalone/src/demo-table.ts';

const readme = readFileSync('README.md', 'utf8');
const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

it('shows examples/ropeway.yaml as it is', () => {
  expect(readme).toContain(`\`\`\`yaml\n${readFileSync('examples/ropeway.yaml', 'utf8').trimEnd()}\n\`\`\``);
});

it('names only scripts that exist', () => {
  const named = [...readme.matchAll(/npm (?:run ([\w:]+)|(test)\b)/g)].map(
    ([, run, test]) => run ?? test ?? '',
  );
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
  expect(named).toEqual(expect.arrayContaining(['up', 'test', 'gateway', 'bench']));
});

it('links only to files that exist', () => {
  const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map(([, path]) => path ?? '');
  expect(links.filter((path) => !path.startsWith('http') && !existsSync(path))).toEqual([]);
});

it('shows a table that fits into 80 columns', () => {
  const lines = readme.slice(readme.indexOf('┌'), readme.indexOf('┘')).split('\n');
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

it('comes to your own vLLM right after the trial', () => {
  const sections = [...readme.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
  expect(sections.slice(0, 2)).toEqual(['Try it: two commands', 'In front of your own vLLM']);
});

it('shows a table with the rows that `npm run up` prints', () => {
  const printed = demoTable([
    {
      title: 'a short question',
      promptTokens: 25,
      outputBudget: 8_192,
      pool: 'default',
      rope: 'default',
      reason: 'smallest-rope',
      firstTokenMs: 50,
      tokensPerSecond: 50,
      completionTokens: 243,
      countedByWorker: 25,
      finishReason: 'stop',
    },
  ]);
  const shown = readme.slice(readme.indexOf('┌'), readme.indexOf('┘'));
  expect(rowLabels(printed)).toContain('prompt tokens');
  expect(rowLabels(shown)).toEqual(rowLabels(printed));
});

function rowLabels(table: string): readonly string[] {
  return [...table.matchAll(/^│ ([^│]*?) *│/gm)].map(([, label]) => label ?? '');
}
