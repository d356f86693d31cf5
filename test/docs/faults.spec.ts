// docs/faults.md and the catalogue say the same, both ways.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { FAULTS } from '#protocol';

interface Row {
  readonly code: string;
  readonly status: number;
  readonly owner: string;
  readonly message: string;
  readonly cause: string;
  readonly check: string;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const page = readFileSync(`${root}docs/faults.md`, 'utf8');
/** Everything that could raise a fault: the sources without the catalogue and without tests. */
const sources = globSync('{libs,apps}/*/src/**/*.ts', { cwd: root })
  .filter((file) => !/\/fault\.ts$|\.spec\.ts$|^apps\/vllm-sim/.test(file))
  .map((file) => readFileSync(`${root}${file}`, 'utf8'))
  .join('\n');
const rows = page.split('\n').flatMap(rowOf);

describe('docs/faults.md', () => {
  it('has each code of the catalogue exactly once, and no other', () => {
    expect(rows.map(({ code }) => code).toSorted()).toEqual(Object.keys(FAULTS).toSorted());
  });

  it.each(Object.entries(FAULTS))('says of %s its status, owner and sentence', (code, definition) => {
    const { status, owner, message } = definition;
    expect(rows.find((row) => row.code === code)).toMatchObject({ status, owner, message });
  });

  it('says of the codes nobody raises that they are not raised yet, and of no other', () => {
    const silent = rows.filter(({ cause }) => cause.startsWith('Not raised yet')).map(({ code }) => code);
    const unraised = Object.keys(FAULTS).filter((code) => !sources.includes(`'${code}'`));
    expect(silent.toSorted()).toEqual(unraised.toSorted());
  });

  it.each(rows.map((row) => [row.code, row] as const))(
    'gives %s a cause and something to check',
    (_, row) => {
      expect(row.cause.length).toBeGreaterThan(10);
      expect(row.check).not.toBe('');
    },
  );
});

function rowOf(line: string): Row[] {
  const cells = line.split('|').map((cell) => cell.trim());
  const code = /^`(\w+)`$/.exec(cells[1] ?? '')?.[1];
  if (code === undefined) return [];
  const [, , status = '', owner = '', message = '', cause = '', check = '', ...rest] = cells;
  if (rest.join('') !== '') throw new Error(`a row of faults.md has too many cells: ${code}`);
  return [{ code, status: Number(status), owner, message, cause, check }];
}
