import { describe, expect, it } from '@jest/globals';
import { loadTree, MODEL, PEPPER, POOL, treeProblems } from '../test/loading.ts';
import { loadConfig } from './load-config.ts';

describe('the pepper', () => {
  const flaws = (pepper: string) => treeProblems({}, { ROPEWAY_PEPPER: pepper });

  it.each([
    ['empty', '', 'the pepper is empty'],
    ['short', PEPPER.slice(0, 31), 'is shorter than 32 bytes'],
    ['an example', 'please-change-me-please-change-me-please', 'is a published example'],
    ['an example of digits', '0123456789abcdef0123456789abcdef', 'is a published example'],
    ['one letter over and over', 'xyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxyxy', 'repeats a few characters'],
  ])('stops the boot when it is %s', (_what, pepper, sentence) => {
    expect(flaws(pepper)).toEqual([expect.stringContaining(sentence)]);
  });

  it('is read from a file without the newline at its end', () => {
    const env = { ROPEWAY_PEPPER: '', ROPEWAY_PEPPER_FILE: '/run/pepper' };
    expect(loadTree({}, env, { '/run/pepper': `${PEPPER}\n` }).peppers).toEqual(new Map([[1, PEPPER]]));
  });

  it('may have several versions, each from its own place', () => {
    const second = [...PEPPER].reverse().join('');
    const config = loadTree(
      {
        peppers: [
          { version: 1, env: 'OLD' },
          { version: 2, file: 'new' },
        ],
      },
      { OLD: PEPPER },
      { '/etc/ropeway/new': second },
    );
    expect(config.peppers).toEqual(
      new Map([
        [1, PEPPER],
        [2, second],
      ]),
    );
  });

  it('is not needed while nobody has a key', () => {
    expect(() => loadConfig({ file: null, env: allInEnvironment() })).not.toThrow();
  });
});

function allInEnvironment(): Record<string, string> {
  return {
    ROPEWAY_MODELS: JSON.stringify([MODEL]),
    ROPEWAY_POOLS: JSON.stringify([POOL]),
    ROPEWAY_KEYS: '[]',
  };
}
