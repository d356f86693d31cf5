// docs/architecture.md: its arrows are the ones enforced, its libs and apps the ones there, its files exist.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { FAULTS } from '#protocol';

interface Rule {
  readonly name: string;
  readonly to: { readonly pathNot?: string | readonly string[] };
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${root}docs/architecture.md`, 'utf8');
const cruiser: { readonly default: { readonly forbidden: readonly Rule[] } } = await import(
  new URL('../../.dependency-cruiser.mjs', import.meta.url).href
);
/** Rows of the table whose header starts with the given cell. */
const rowsOf = (head: string) =>
  (page.split(`\n| ${head} |`)[1] ?? '').split('\n\n')[0]?.split('\n').slice(2) ?? [];
const cellsOf = (row: string) => row.split('|').map((cell) => cell.trim());
const codeIn = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '');

describe('the arrows', () => {
  const drawn = new Map(
    rowsOf('lib').map((row) => {
      const [, lib, imports] = cellsOf(row);
      return [codeIn(lib)[0] ?? '', codeIn(imports)] as const;
    }),
  );

  it('are drawn as they are enforced', () => {
    expect(Object.fromEntries(drawn)).toEqual(enforcedArrows());
  });

  it('cover every lib there is', () => {
    expect([...drawn.keys()]).toEqual(expect.arrayContaining(readdirSync(`${root}libs`)));
  });

  it('start at libs that are there, or are said to come', () => {
    const missing = rowsOf('lib').filter((row) => !existsSync(`${root}libs/${codeIn(row)[0]}`));
    expect(missing.filter((row) => !row.includes('To come'))).toEqual([]);
  });
});

it('lists the apps there are', () => {
  const listed = rowsOf('app').map((row) => codeIn(row)[0]);
  expect(listed.toSorted()).toEqual(
    readdirSync(`${root}apps`)
      .map((app) => `apps/${app}`)
      .toSorted(),
  );
});

describe('the pipeline', () => {
  it('has ten steps, in order', () => {
    expect(rowsOf('step').map((row) => Number(cellsOf(row)[1]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('refuses with codes of the catalogue', () => {
    const codes = rowsOf('step').flatMap((row) => codeIn(cellsOf(row)[4]));
    expect(codes.filter((code) => !Object.hasOwn(FAULTS, code))).toEqual([]);
  });
});

it.each([
  ...new Set(codeIn(page).filter((text) => /^(apps|libs|test|docs|scripts)\/[\w./-]+\.\w+$/.test(text))),
])('names %s, which exists', (file) => {
  expect(existsSync(`${root}${file}`)).toBe(true);
});

it.each(['architecture.md', 'README.md', 'glossary.md', 'style.md', 'faults.md', 'metrics.md'])(
  'docs/%s links only to pages that exist',
  (name) => {
    const text = readFileSync(`${root}docs/${name}`, 'utf8');
    const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1] ?? '');
    expect(links.filter((link) => !existsSync(`${root}docs/${link}`))).toEqual([]);
  },
);

/** lib -> libs it may import, read off the rules dependency-cruiser runs. */
function enforcedArrows(): Record<string, readonly string[]> {
  return Object.fromEntries(
    cruiser.default.forbidden
      .filter(({ name }) => name.startsWith('arrows-'))
      .map(({ name, to }) => {
        const lib = name.slice('arrows-'.length);
        const allowed = [to.pathNot ?? []]
          .flat()
          .map((path) => /^\^libs\/(\w+)\/src\/$/.exec(path)?.[1] ?? path);
        return [lib, allowed.filter((other) => other !== lib)];
      }),
  );
}
