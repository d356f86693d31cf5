// The README is what a new user pastes: what it shows must be what is there.
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

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
