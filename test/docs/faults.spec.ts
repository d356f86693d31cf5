// docs/faults.md and the catalogue say the same, both ways.
import { readFileSync } from 'node:fs';
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

const page = readFileSync(new URL('../../docs/faults.md', import.meta.url), 'utf8');
const rows = page.split('\n').flatMap(rowOf);

describe('docs/faults.md', () => {
  it('has each code of the catalogue exactly once, and no other', () => {
    expect(rows.map(({ code }) => code).toSorted()).toEqual(Object.keys(FAULTS).toSorted());
  });

  it.each(Object.entries(FAULTS))('says of %s its status, owner and sentence', (code, definition) => {
    const { status, owner, message } = definition;
    expect(rows.find((row) => row.code === code)).toMatchObject({ status, owner, message });
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
