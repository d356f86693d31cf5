import { describe, expect, it } from '@jest/globals';
import { settings } from './settings.ts';

const values = settings.filter(({ type }) => type !== 'section');

describe('every setting', () => {
  it.each(values)('$path says what it does', ({ description }) => {
    expect(description).toMatch(/\.$/);
  });

  it.each(values.filter(({ type }) => /number|integer/.test(type)))('$path has bounds', ({ bounds }) => {
    expect(bounds).not.toBe('');
  });

  it('can be set by a variable of its own, unless it is inside a list', () => {
    const names = values.filter(({ path }) => !path.includes('[]')).map(({ env }) => env);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^ROPEWAY_[A-Z0-9]+(_[A-Z0-9]+)*$/);
  });

  it('is no secret with a default', () => {
    const secrets = values.filter(({ description, name }) =>
      /secret|pepper|digest/i.test(description + name),
    );
    for (const { default: value } of secrets.filter(({ type }) => type === 'string')) {
      expect(['', null]).toContain(value);
    }
  });
});
