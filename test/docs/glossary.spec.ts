// The words of docs/glossary.md are the words of the code, and their synonyms are not.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${root}docs/glossary.md`, 'utf8');
const defined = [...page.matchAll(/^\| \*\*(\w+)\*\* \|/gm)].map((match) => match[1] ?? '');
const banned = [...(/^Never in a name: (.*)$/m.exec(page)?.[1] ?? '').matchAll(/`(\w+)`/g)].map(
  (match) => match[1] ?? '',
);
/** Every name in the sources of libs and apps, with one file it is in. */
const names = new Map<string, string>();
for (const file of globSync('{libs,apps}/*/src/**/*.ts', { cwd: root })) {
  for (const name of namesIn(file)) names.set(name, file);
}

const words = [...names.keys()]
  .flatMap((name) => name.split(/(?<=[a-z0-9])(?=[A-Z])|_/))
  .map((word) => word.toLowerCase());

describe('docs/glossary.md', () => {
  it('bans the synonyms it says it bans', () => {
    expect(banned).toEqual(['backend', 'upstream', 'customer']);
  });

  it.each(defined)('defines %s, and the code uses it', (word) => {
    expect(words.filter((used) => used.startsWith(word.replace(/e$/, '')))).not.toEqual([]);
  });

  it.each(banned)('keeps %s out of every name', (word) => {
    // Names with an underscore are the wire's, not ours: vLLM's `kv_offloading_backend`.
    const found = [...names].filter(([name]) => name.toLowerCase().includes(word) && !name.includes('_'));
    expect(found).toEqual([]);
  });
});

function namesIn(file: string): Set<string> {
  const source = ts.createSourceFile(file, readFileSync(`${root}${file}`, 'utf8'), ts.ScriptTarget.Latest);
  const found = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) found.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
