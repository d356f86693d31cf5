// Holds docs/configuration.md and examples/ropeway.yaml to the schema.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { configurationTable, loadConfig } from '#config';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/configuration.md'), 'utf8');
const exampleFile = join(root, 'examples/ropeway.yaml');
const example = readFileSync(exampleFile, 'utf8');

describe('docs/configuration.md', () => {
  it('lists every setting as the schema has it (copy what configurationTable() returns)', () => {
    const table = /<!-- settings -->\n([\s\S]*)<!-- \/settings -->/.exec(page)?.[1];
    expect(table).toBe(configurationTable());
  });

  it('shows the example as it is', () => {
    expect(page).toContain(`\`\`\`yaml\n${example}\`\`\``);
  });

  it('names no variable that does not exist', () => {
    const named = new Set(page.match(/ROPEWAY_[A-Z0-9_]*[A-Z0-9]/g));
    const known = new Set(configurationTable().match(/ROPEWAY_[A-Z0-9_]*[A-Z0-9]/g));
    expect([...named].filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('examples/ropeway.yaml', () => {
  it('is good, in twenty lines', () => {
    const env = { ROPEWAY_PEPPER: '6d0c2b94f1a87e35c04b92d8e7615fa3b8d1' };
    const config = loadConfig({ file: exampleFile, env });
    expect(config.pools.map(({ name, windowTokens }) => [name, windowTokens])).toEqual([
      ['default', 40_960],
      ['yarn-4', 131_072],
    ]);
    expect(example.trimEnd().split('\n')).toHaveLength(20);
  });
});
