import { describe, expect, it, jest } from '@jest/globals';
import { KeyLookups } from './key-lookups.ts';
import { storedKeyUnderTest } from './stored-key-under-test.ts';

function storeOf(...ids: string[]) {
  const asked: (readonly string[])[] = [];
  const gates: PromiseWithResolvers<void>[] = [];
  const read = async (wanted: readonly string[]) => {
    asked.push(wanted);
    const gate = Promise.withResolvers<void>();
    gates.push(gate);
    await gate.promise;
    return new Map(wanted.filter((id) => ids.includes(id)).map((id) => [id, storedKeyUnderTest({ id })]));
  };
  return { asked, gates, read };
}

const OPTIONS = { timeoutMs: 60_000, nowMs: () => 7 };

describe('KeyLookups', () => {
  it('asks once for an id that many want', async () => {
    const { asked, gates, read } = storeOf('a');
    const lookups = new KeyLookups(read, OPTIONS);
    const found = Promise.all(Array.from({ length: 1_000 }, () => lookups.find('a')));
    gates[0]?.resolve();
    expect(new Set(await found).size).toBe(1);
    expect((await found)[0]).toMatchObject({ found: true, readAtMs: 7 });
    expect(asked).toEqual([['a']]);
  });

  it('asks again for an id once it was answered', async () => {
    const { asked, gates, read } = storeOf();
    const lookups = new KeyLookups(read, OPTIONS);
    const first = lookups.find('a');
    gates[0]?.resolve();
    expect(await first).toEqual({ found: false, why: 'unknown' });
    void lookups.find('a');
    gates[1]?.resolve();
    expect(asked).toHaveLength(2);
  });

  it('keeps few queries under way, and asks for all that wait in the next ones', async () => {
    const { asked, gates, read } = storeOf();
    const lookups = new KeyLookups(read, OPTIONS);
    const all = Array.from({ length: 203 }, (_, at) => lookups.find(`id-${at}`));
    expect(asked.map((ids) => ids.length)).toEqual([1, 1, 1]);
    for (const gate of [...gates]) gate.resolve();
    await Promise.all(all.slice(0, 3));
    await new Promise(setImmediate);
    expect(asked.map((ids) => ids.length)).toEqual([1, 1, 1, 100, 100]);
    for (const gate of gates) gate.resolve();
    expect(await Promise.all(all)).toHaveLength(203);
    expect(lookups.queries).toBe(5);
  });

  it('answers within the deadline when the database hangs, sends it no more, and goes on when it is back', async () => {
    jest.useFakeTimers();
    try {
      const { asked, gates, read } = storeOf('late');
      const lookups = new KeyLookups(read, { ...OPTIONS, timeoutMs: 1_000 });
      const hung = Array.from({ length: 10 }, (_, at) => lookups.find(`id-${at}`));
      jest.advanceTimersByTime(1_000);
      for (const found of await Promise.all(hung)) expect(found).toMatchObject({ found: false, why: 'away' });
      expect(asked).toHaveLength(3);
      const late = lookups.find('late');
      expect(asked).toHaveLength(3);
      gates[0]?.resolve();
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
      expect(asked.slice(3)).toEqual([['late']]);
      gates[3]?.resolve();
      expect(await late).toMatchObject({ found: true });
    } finally {
      jest.useRealTimers();
    }
  });

  it('says away, not unknown, when the query fails', async () => {
    const failure = new Error('connection refused');
    const lookups = new KeyLookups(() => Promise.reject(failure), OPTIONS);
    expect(await lookups.find('a')).toEqual({ found: false, why: 'away', error: failure });
  });

  it('refuses at once what would wait beyond all bounds', async () => {
    const { read } = storeOf();
    const lookups = new KeyLookups(read, { ...OPTIONS, timeoutMs: 1 });
    const flood = Array.from({ length: 20_000 }, (_, at) => lookups.find(`id-${at}`));
    const refused = (await Promise.all(flood)).filter((found) => !found.found && found.why === 'away');
    expect(refused).toHaveLength(20_000);
  });
});
