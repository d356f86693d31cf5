import { describe, expect, it } from '@jest/globals';
import { ran } from '../testing/test-terminal.ts';
import { day, moment, nameList, seconds, wholeNumber } from './parse-values.ts';

describe('values of options', () => {
  it.each(['0', '-1', '1.5', '1e3', '9007199254740993', '99999999999999999', ''])(
    'takes no count %j',
    (text) => {
      expect(() => wholeNumber(text)).toThrow('whole number');
    },
  );

  it('takes the largest count JSON carries', () => {
    expect(wholeNumber('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('reads times, and none without a unit', () => {
    expect([seconds('45s'), seconds('30m'), seconds('24h'), seconds('7d'), seconds('0')]).toEqual([
      45, 1_800, 86_400, 604_800, 0,
    ]);
    for (const text of ['90', '1w', '-1h', 'h']) expect(() => seconds(text)).toThrow('45s, 30m, 24h or 7d');
  });

  it('reads days and moments, and no day the calendar has not', () => {
    expect(day('2026-11-01')).toBe('2026-11-01');
    expect(moment('2026-11-01')).toBe('2026-11-01T00:00:00.000Z');
    expect(moment('2026-11-01T09:00:00+01:00')).toBe('2026-11-01T08:00:00.000Z');
    for (const text of ['2026-02-30', '2026-13-01', '2026-11-01T00:00:00Z'])
      expect(() => day(text)).toThrow('day');
    for (const text of ['2026-02-30', '2026-13-01', '1 Nov', '2026-11-01T25:00:00Z'])
      expect(() => moment(text)).toThrow('day');
  });

  it('takes no empty name', () => {
    expect(nameList('a, b')).toEqual(['a', 'b']);
    expect(() => nameList('a,,b')).toThrow('commas');
  });
});

describe('called wrongly', () => {
  it.each([
    [['tenant', 'create', 'x', '--requests-per-minute', '-5'], 'whole number'],
    [
      ['tenant', 'create', 'x', '--requests-per-minute', '9007199254740992'],
      'a whole number from 1 to 9007199254740991',
    ],
    [['tenant', 'create', 'x', '--budget', 'week:tokens:5'], 'month:tokens:500000000'],
    [['tenant', 'create', 'x', '--budget', 'none', '--budget', 'day:tokens:5'], 'stand alone'],
    [['tenant', 'create', 'x', '--endpoints', 'admin'], 'chat, text, tokenize, route'],
    [['key', 'create'], "required option '--tenant <id>'"],
    [['key', 'create', '--tenant', 'x', '--environment', 'prod'], 'live, test'],
    [
      ['key', 'create', '--tenant', 'x', '--expires-in', '1d', '--expires-at', '2027-01-01'],
      'cannot be used with',
    ],
    [['key', 'rotate', 'x', '--overlap', '8d'], 'at most 7d'],
    [['usage', '--by', 'week'], 'day, tenant, key, model, pool'],
    [['usage', '--csv', '--json'], 'cannot be used with'],
    [['route', 'explain'], '--prompt or --file'],
    [['completion', 'tcsh'], 'bash, zsh, fish'],
    [['tenant', 'creat'], 'Did you mean create?'],
    [['nonsense'], 'unknown command'],
    [['tenant', 'show', ''], "'id'. It must not be empty"],
    [['tenant', 'update', ' ', '--plan', 'x'], "'id'. It must not be empty"],
    [['plan', 'show', ''], "'name'. It must not be empty"],
    [['key', 'revoke', '', '--yes'], "'id'. It must not be empty"],
    [['limits', ''], "'tenant'. It must not be empty"],
    [['request', 'show', ''], "'id'. It must not be empty"],
    [['config', 'check', ''], "'file'. It must not be empty"],
    [['key', 'create', '--tenant', ''], 'It must not be empty'],
  ])('%j ends with 2 and says why', async (args, why) => {
    const env = { ROPEWAY_ADMIN_KEY: 'rwa_x', ROPEWAY_API_KEY: 'rw_x' };
    const { code, out, err } = await ran(args, { env });
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(why)]);
  });
});
