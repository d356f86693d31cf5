import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NO_LIMITS } from '#limits';
import { NO_SCOPES } from './caller.ts';
import { readSnapshot, writeSnapshot } from './snapshot-file.ts';
import { storedKeyUnderTest } from './stored-key-under-test.ts';

const SEAL = { version: 2, pepper: 'second pepper of these tests, 32 bytes and more' };
const PEPPERS = new Map([[SEAL.version, SEAL.pepper]]);
const RICH = storedKeyUnderTest({
  id: 'AAAAAAAAAAAA',
  plan: 'standard',
  digest: Buffer.alloc(32, 7),
  pepperVersion: 2,
  expiresAtMs: Date.parse('2027-01-01T00:00:00.123Z'),
  isSuspended: true,
  caller: {
    tenantLimits: { ...NO_LIMITS, budgets: [{ period: 'month', unit: 'money', limit: 2 ** 53 - 1 }] },
    scopes: { ...NO_SCOPES, models: ['qwq-32b'], allowedFields: ['priority'], cidrs: ['2001:db8::/32'] },
    models: new Set(['qwq-32b']),
    allowedFields: new Set(['priority']),
    timeZone: 'Europe/Berlin',
    isStrict: true,
  },
});
const KEYS = [RICH, storedKeyUnderTest({ id: 'BBBBBBBBBBBB', isRevoked: true })];
const SNAPSHOT = { confirmedAtMs: 1_795_000_000_123, keys: KEYS };

const folder = mkdtempSync(join(tmpdir(), 'ropeway-snapshot-'));
const file = join(folder, 'keys.json');
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(file, { force: true }));

describe('the snapshot of known keys', () => {
  it('gives back what was written, to the last right', async () => {
    await writeSnapshot(file, SNAPSHOT, SEAL);
    expect(await readSnapshot(file, PEPPERS)).toEqual({ ok: true, ...SNAPSHOT });
  });

  it('holds many keys in their order, and none', async () => {
    const keys = Array.from({ length: 1_001 }, (_, at) => storedKeyUnderTest({ id: `key${at}` }));
    await writeSnapshot(file, { ...SNAPSHOT, keys }, SEAL);
    expect(await readSnapshot(file, PEPPERS)).toEqual({ ok: true, ...SNAPSHOT, keys });
    await writeSnapshot(file, { ...SNAPSHOT, keys: [] }, SEAL);
    expect(await readSnapshot(file, PEPPERS)).toEqual({ ok: true, ...SNAPSHOT, keys: [] });
  });

  it('is for its owner alone, and leaves no other file behind', async () => {
    await writeSnapshot(file, SNAPSHOT, SEAL);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['keys.json']);
  });

  it('keeps the old file when the new one cannot be written', async () => {
    await writeSnapshot(file, SNAPSHOT, SEAL);
    const cyclic = storedKeyUnderTest();
    const broken = {
      ...cyclic,
      get plan(): never {
        throw new TypeError('broken');
      },
    };
    await expect(writeSnapshot(file, { ...SNAPSHOT, keys: [broken] }, SEAL)).rejects.toThrow('broken');
    expect(await readSnapshot(file, PEPPERS)).toEqual({ ok: true, ...SNAPSHOT });
  });

  it('is absent at the first start', async () => {
    expect(await readSnapshot(file, PEPPERS)).toEqual({ ok: false, reason: 'absent' });
  });

  it('is refused when a single byte was changed, wherever, or when it was cut short', async () => {
    await writeSnapshot(file, SNAPSHOT, SEAL);
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length - 1; at++) {
      const changed = Buffer.from(whole);
      // Another printable character: also a change that is still JSON is found.
      changed[at] = (whole[at] ?? 0) === 0x31 ? 0x32 : 0x31;
      writeFileSync(file, changed);
      expect(await readSnapshot(file, PEPPERS)).toMatchObject({ ok: false });
    }
    for (const length of [0, 1, 100, whole.length - 2]) {
      writeFileSync(file, whole.subarray(0, length));
      expect(await readSnapshot(file, PEPPERS)).toMatchObject({ ok: false });
    }
  });

  it('is refused when a key was moved to another tenant, and when its pepper is gone', async () => {
    await writeSnapshot(file, SNAPSHOT, SEAL);
    expect(await readSnapshot(file, new Map([[1, 'another']]))).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/pepper 2/),
    });
    writeFileSync(file, readFileSync(file, 'utf8').replace('"tenant":"acme"', '"tenant":"else"'));
    expect(await readSnapshot(file, PEPPERS)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/seal/),
    });
  });
});
