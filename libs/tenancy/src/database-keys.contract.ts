// What the keys of a database promise, whichever database is behind them.
import { afterEach, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { NO_LIMITS } from '#limits';
import { onBothDatabases } from '../../database/testing/both-databases.ts';
import { KeyDesk, newTestKey, PEPPERS, TWO_PEPPERS } from '../testing/key-desk.ts';
import { until } from '../testing/until.ts';
import { DatabaseKeys } from './database-keys.ts';
import type { DatabaseKeysOptions } from './database-keys-options.ts';
import { DatabaseRegistry } from './database-registry.ts';
import type { Identified, RevokedKeys } from './identify.ts';
import { newKeyToken, tokenText } from './key-token.ts';

const ADDRESS = '192.0.2.1';
const INVALID = { known: false, code: 'invalid_api_key' };

export function databaseKeysContract(): void {
  onBothDatabases('DatabaseKeys', (database) => {
    const opened: DatabaseKeys[] = [];
    let desk: KeyDesk;
    beforeAll(() => {
      desk = new KeyDesk(database());
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((keys) => keys.close()));
    });

    async function open(options: Partial<DatabaseKeysOptions> = {}): Promise<DatabaseKeys> {
      const keys = new DatabaseKeys({ database: database() }, { peppers: PEPPERS, ...options });
      opened.push(keys);
      await keys.start();
      return keys;
    }
    const ask = async (keys: DatabaseKeys, header: string | undefined, nowMs = Date.now()) =>
      keys.identify(header, ADDRESS, nowMs);
    const codeOf = (identified: Identified) => (identified.known ? 'known' : identified.code);
    const code = async (keys: DatabaseKeys, header: string) => codeOf(await ask(keys, header));

    it('knows the caller of a key with all its rights, cold and warm', async () => {
      await desk.newPlan('rich', { requestsPerMinute: 600, tokensPerMinute: 1_000 }, { models: ['qwq-32b'] });
      const tenant = await desk.newTenant({
        plan: 'rich',
        limits: JSON.stringify({ tokensPerMinute: 2_000 }),
        time_zone: 'Europe/Berlin',
        is_strict: true,
      });
      const key = await desk.newKey({
        tenant,
        environment: 'test',
        limits: JSON.stringify({ concurrentRequests: 2 }),
        scopes: JSON.stringify({ allowedFields: [], maxWindowTokens: 40_960 }),
      });
      const keys = await open();
      const cold = await ask(keys, key.header);
      expect(cold).toMatchObject({
        known: true,
        caller: {
          keyId: key.id,
          lineage: key.id,
          tenant,
          environment: 'test',
          tenantLimits: { ...NO_LIMITS, requestsPerMinute: 600, tokensPerMinute: 2_000 },
          keyLimits: { ...NO_LIMITS, concurrentRequests: 2 },
          scopes: { models: ['qwq-32b'], maxWindowTokens: 40_960, cidrs: null },
          models: new Set(['qwq-32b']),
          allowedFields: new Set(),
          timeZone: 'Europe/Berlin',
          isStrict: true,
          isPrepaid: false,
        },
      });
      // At once, and the very same caller.
      expect(keys.identify(key.header, ADDRESS, Date.now())).toBe(cold);
      expect(keys.stats()).toMatchObject({ entries: 1, lookups: 1, isDatabaseAway: false });
    });

    it('answers an unknown key, a wrong secret, a damaged key and no key with one and the same refusal', async () => {
      const key = await desk.newKey();
      const keys = await open();
      const headers = [
        newTestKey().header,
        key.wrongHeader,
        key.header.slice(0, -1),
        'Bearer',
        '',
        undefined,
      ];
      for (const header of [...headers, ...headers]) expect(await ask(keys, header)).toEqual(INVALID);
      expect(await code(keys, key.header)).toBe('known');
      expect(await ask(keys, key.wrongHeader)).toEqual(INVALID);
    });

    it('asks the database nothing about junk, and about an unknown id once in a while', async () => {
      const keys = await open();
      const unknown = newTestKey();
      const damaged = newTestKey().header.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
      for (let turn = 0; turn < 10; turn++) {
        for (const junk of [damaged, 'Bearer rw_live_', `Bearer ${'x'.repeat(71)}`]) await ask(keys, junk);
      }
      expect(keys.stats().lookups).toBe(0);
      for (let turn = 0; turn < 10; turn++) await ask(keys, unknown.header);
      expect(keys.stats()).toMatchObject({ lookups: 1, entries: 0 });
    });

    it('knows a key that is made after somebody tried it too early', async () => {
      const keys = await open();
      const early = newTestKey();
      expect(await code(keys, early.header)).toBe('invalid_api_key');
      await desk.addKey(early);
      await until(async () => (await code(keys, early.header)) === 'known');
    });

    it('tells of expiry and revocation only to whoever proves the secret', async () => {
      const nowMs = Date.now();
      const expired = await desk.newKey({ expires_at: new Date(nowMs - 1) });
      const revoked = await desk.newKey({ revoked_at: new Date(nowMs) });
      const keys = await open();
      for (const [key, told] of [
        [expired, 'key_expired'],
        [revoked, 'key_revoked'],
      ] as const) {
        expect(await ask(keys, key.wrongHeader)).toEqual(INVALID);
        expect(await ask(keys, key.header)).toEqual({ known: false, code: told });
        expect(await ask(keys, key.wrongHeader)).toEqual(INVALID);
      }
    });

    it('tells the holder of a secret that its environment, address or tenant is not allowed', async () => {
      const suspended = await desk.newKey({ tenant: await desk.newTenant({ suspended_at: new Date() }) });
      const bound = await desk.newKey({ scopes: JSON.stringify({ cidrs: ['2001:db8::/32'] }) });
      const key = await desk.newKey();
      const renamed = `Bearer ${tokenText({ ...key.token, environment: 'test' })}`;
      const keys = await open();
      for (const header of [suspended.header, bound.header, renamed]) {
        expect(await code(keys, header)).toBe('key_not_allowed');
      }
      for (const header of [suspended.wrongHeader, bound.wrongHeader]) {
        expect(await ask(keys, header)).toEqual(INVALID);
      }
      expect((await keys.identify(bound.header, '2001:db8::9', Date.now())).known).toBe(true);
    });

    it('refuses a revoked key and tells whoever holds its answers, with nobody asking for it meanwhile', async () => {
      const [key, other] = [await desk.newKey(), await desk.newKey()];
      const keys = await open();
      const told: RevokedKeys[] = [];
      keys.onRevoked((revoked) => told.push(revoked));
      for (const { header } of [key, other]) expect(await code(keys, header)).toBe('known');
      await desk.revoke(key.id);
      await until(() => told.length > 0);
      expect(told).toEqual([{ code: 'key_revoked', keyIds: [key.id], tenant: null }]);
      expect(await code(keys, key.header)).toBe('key_revoked');
      expect(await code(keys, other.header)).toBe('known');
    });

    it('tells of a revoked key that is not in memory: an answer may still run', async () => {
      const key = await desk.newKey();
      const keys = await open();
      const told: RevokedKeys[] = [];
      keys.onRevoked((revoked) => told.push(revoked));
      await desk.revoke(key.id);
      await until(() => told.length > 0);
      expect(told).toEqual([{ code: 'key_revoked', keyIds: [key.id], tenant: null }]);
    });

    it('tells of a key whose date comes, and of one whose date is brought forward', async () => {
      const madeMs = Date.now();
      const soon = await desk.newKey({ expires_at: new Date(madeMs + 400) });
      const later = await desk.newKey({ expires_at: new Date(Date.now() + 3_600_000) });
      const keys = await open();
      const told = new Set<string>();
      keys.onRevoked(({ code, keyIds }) => {
        for (const id of keyIds) told.add(`${code} ${id}`);
      });
      // Asked as of when it was made: a slow machine may be past its date by now.
      expect(codeOf(await ask(keys, soon.header, madeMs))).toBe('known');
      expect(await code(keys, later.header)).toBe('known');
      await until(() => told.has(`key_expired ${soon.id}`));
      await desk.setKey(later.id, { expires_at: new Date(Date.now() + 300) });
      await until(() => told.has(`key_expired ${later.id}`));
      expect(await code(keys, later.header)).toBe('key_expired');
    });

    it.each([
      ['ahead', 3_600_000],
      ['behind', -3_600_000],
    ])(
      'ends a key rotated without overlap at once, by an admin API whose clock is an hour %s',
      async (_name, offMs) => {
        const [known, unknown] = [await desk.newKey(), await desk.newKey()];
        const overlapping = await desk.newKey();
        const keys = await open();
        const told = new Set<string>();
        keys.onRevoked(({ code, keyIds }) => {
          for (const id of keyIds) told.add(`${code} ${id}`);
        });
        for (const { header } of [known, overlapping]) expect(await code(keys, header)).toBe('known');
        const pepper = { version: 1, secret: PEPPERS.get(1) ?? '' };
        const now = () => new Date(Date.now() + offMs);
        const registry = new DatabaseRegistry({ database: database(), pepper, now });
        for (const { id } of [known, unknown])
          expect((await registry.rotateKey('root', id, 0)).ok).toBe(true);
        expect((await registry.rotateKey('root', overlapping.id, 2 * 3_600_000)).ok).toBe(true);
        await until(() => told.has(`key_expired ${known.id}`));
        for (const { header } of [known, unknown]) expect(await code(keys, header)).toBe('key_expired');
        expect(await code(keys, overlapping.header)).toBe('known');
      },
    );

    it('follows changes of tenant and plan for all their keys: suspended, resumed, other limits', async () => {
      await desk.newPlan('changing', { requestsPerMinute: 1 });
      const tenant = await desk.newTenant({ plan: 'changing' });
      const [one, two] = [await desk.newKey({ tenant }), await desk.newKey({ tenant })];
      const keys = await open();
      const told: RevokedKeys[] = [];
      keys.onRevoked((revoked) => told.push(revoked));
      const rate = async (header: string) => {
        const identified = await ask(keys, header);
        return identified.known ? identified.caller.tenantLimits.requestsPerMinute : identified.code;
      };
      for (const { header } of [one, two]) expect(await rate(header)).toBe(1);
      await desk.setPlan('changing', { requestsPerMinute: 2 });
      await until(async () => (await rate(one.header)) === 2 && (await rate(two.header)) === 2);
      await desk.setTenant(tenant, { suspended_at: new Date() });
      await until(async () => (await rate(one.header)) === 'key_not_allowed');
      expect(await rate(two.header)).toBe('key_not_allowed');
      await until(() => told.length > 0);
      expect(told).toEqual([{ code: 'key_not_allowed', keyIds: [], tenant }]);
      await desk.setTenant(tenant, { suspended_at: null });
      await until(async () => (await rate(one.header)) === 2);
      expect(keys.stats().lookups).toBeLessThanOrEqual(2);
    });

    it('keeps no more keys in memory than it may, and still knows them all', async () => {
      const tenant = await desk.newTenant();
      const all = await Promise.all(Array.from({ length: 20 }, () => desk.newKey({ tenant })));
      const keys = await open({ cachedKeys: 5 });
      for (let turn = 0; turn < 2; turn++) {
        for (const { header } of all) expect(await code(keys, header)).toBe('known');
      }
      expect(keys.stats().entries).toBe(5);
    });

    it('asks once for a key that many callers bring at once', async () => {
      const key = await desk.newKey();
      const keys = await open();
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, at) => ask(keys, at % 2 === 0 ? key.header : key.wrongHeader)),
      );
      expect(answers.filter(({ known }) => known)).toHaveLength(100);
      expect(keys.stats().lookups).toBe(1);
    });

    it('notes when a key was used, once for many uses, and not when it was refused', async () => {
      const [used, refused] = [await desk.newKey(), await desk.newKey({ revoked_at: new Date() })];
      const keys = await open();
      const nowMs = Date.now();
      for (let turn = 0; turn < 5; turn++) await ask(keys, used.header, nowMs + turn);
      await ask(keys, refused.header, nowMs);
      await keys.close();
      // The first use, noted when the look-up was over; the later ones are within the minute.
      const notedMs = (await desk.keyRow(used.id)).last_used_at?.getTime() ?? 0;
      expect(notedMs).toBeGreaterThanOrEqual(nowMs);
      expect(notedMs).toBeLessThanOrEqual(Date.now());
      expect((await desk.keyRow(refused.id)).last_used_at).toBeNull();
    });

    it('moves the digest of a proven key to the newest pepper, and the key goes on under either', async () => {
      const [key, wrong] = [await desk.newKey(), await desk.newKey()];
      const keys = await open({ peppers: TWO_PEPPERS, rehashAfterMs: 0 });
      expect(await code(keys, key.header)).toBe('known');
      expect(await code(keys, wrong.wrongHeader)).toBe('invalid_api_key');
      expect(await code(keys, key.header)).toBe('known');
      await keys.close();
      expect(keys.stats().rehashed).toBe(1);
      expect((await desk.keyRow(key.id)).pepper_version).toBe(2);
      expect((await desk.keyRow(wrong.id)).pepper_version).toBe(1);
      const newOnly = await open({ peppers: new Map([...TWO_PEPPERS].slice(1)) });
      expect(await code(newOnly, key.header)).toBe('known');
      expect(await code(newOnly, key.wrongHeader)).toBe('invalid_api_key');
    });

    it('leaves digests alone while a new pepper is being rolled out, also of keys in use', async () => {
      const key = await desk.newKey();
      const keys = await open({ rehashAfterMs: 3_600_000 });
      expect(await code(keys, key.header)).toBe('known');
      keys.usePeppers(TWO_PEPPERS);
      expect(await code(keys, key.header)).toBe('known');
      await keys.close();
      expect((await desk.keyRow(key.id)).pepper_version).toBe(1);
    });

    it('says unavailable, not invalid, of a key whose pepper it does not have', async () => {
      const key = await desk.newKey({ pepper_version: 9 });
      const keys = await open();
      expect(await code(keys, key.header)).toBe('keys_unavailable');
    });

    it('drops a key whose row is gone', async () => {
      const key = await desk.newKey();
      const keys = await open();
      expect(await code(keys, key.header)).toBe('known');
      await database().sql.deleteFrom('api_key').where('id', '=', key.id).execute();
      await until(async () => (await code(keys, key.header)) === 'invalid_api_key');
    });

    it('never throws and never lets in any other header: SQL, look-alikes, ten megabytes', async () => {
      const key = await desk.newKey();
      const keys = await open();
      const text = tokenText(key.token);
      const lookAlike = text.replace('rw_live_', 'rw_lіve_').replace(/a/g, 'а');
      const pieces = fc.constantFrom(
        'Bearer ',
        text,
        lookAlike,
        key.id,
        "' OR 1=1 --",
        '\0',
        '__proto__',
        '_',
      );
      const junk = fc.array(fc.oneof(pieces, fc.string({ unit: 'binary', maxLength: 20 })), { maxLength: 6 });
      const inside = fc
        .tuple(fc.nat(text.length - 1), fc.constantFrom("'", ';', '%', '＿', 'а', '０', '\u200b', ' '))
        .map(([at, character]) => ['Bearer ', text.slice(0, at), character, text.slice(at + 1)]);
      await fc.assert(
        fc.asyncProperty(fc.oneof(junk, inside), async (parts) => {
          const sent = parts.join('');
          const isTheKey = /^bearer +(\S+) *$/i.exec(sent)?.[1] === text;
          expect((await ask(keys, sent)).known).toBe(isTheKey);
        }),
        { numRuns: 1_000 },
      );
      for (const huge of ['x'.repeat(10_000_000), `Bearer ${text}${' '.repeat(10_000_000)}`]) {
        expect(await ask(keys, huge)).toEqual(INVALID);
      }
    });

    it('gives every made-up key that is well-formed the one refusal', async () => {
      const keys = await open();
      const answers = await Promise.all(
        Array.from({ length: 500 }, () => ask(keys, `Bearer ${tokenText(newKeyToken('live'))}`)),
      );
      for (const answer of answers) expect(answer).toEqual(INVALID);
      expect(keys.stats()).toMatchObject({ entries: 0 });
      // One by one in the three that may run at once, then together.
      expect(keys.stats().lookups).toBeLessThan(20);
    });
  });
}
