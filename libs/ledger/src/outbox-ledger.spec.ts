import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Ledger, LedgerEntry } from './ledger.ts';
import type { LedgerEvent } from './ledger-event.ts';
import { anIntent, aRow, MemorySink, newFolder } from './ledger-under-test.ts';
import { OutboxLedger } from './outbox-ledger.ts';
import type { OutboxOptions } from './outbox-options.ts';

let folder: ReturnType<typeof newFolder>;
let sink: MemorySink;
let events: LedgerEvent[];
const opened: OutboxLedger[] = [];

beforeEach(() => {
  folder = newFolder();
  sink = new MemorySink();
  events = [];
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((ledger) => ledger.close()));
  folder.remove();
});

async function start(options: Partial<OutboxOptions> = {}): Promise<OutboxLedger> {
  const onEvent = (event: LedgerEvent) => void events.push(event);
  const quick = { gatherMs: 1, maxPauseMs: 5, tickMs: 5, maxRows: 100_000, batchRows: 100 };
  const ledger = await OutboxLedger.start({ folder: folder.path, ...quick, ...options }, { sink, onEvent });
  opened.push(ledger);
  return ledger;
}

async function openOne(ledger: Ledger, number: number): Promise<LedgerEntry> {
  const entry = await ledger.open(anIntent(number));
  if (entry === 'full') throw new Error('full');
  return entry;
}

async function answer(ledger: Ledger, from: number, to: number): Promise<void> {
  const numbers = Array.from({ length: to - from }, (_, index) => from + index);
  await Promise.all(
    numbers.map(async (number) => {
      const entry = await openOne(ledger, number);
      entry.close(aRow(anIntent(number)));
    }),
  );
}

function drain(ledger: Ledger): Promise<boolean> {
  return ledger.drain(AbortSignal.timeout(20_000));
}

function idsOf(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from }, (_, index) => anIntent(from + index).request_id);
}

it('delivers each row once, in batches, and is empty then', async () => {
  const ledger = await start();
  await answer(ledger, 0, 1_000);
  expect(await drain(ledger)).toBe(true);
  expect([...sink.ids()].sort()).toEqual(idsOf(0, 1_000));
  expect(Math.max(...sink.calls)).toBeLessThanOrEqual(100);
  expect(ledger.stats()).toMatchObject({ waiting: 0, openIntents: 0, delivered: 1_000, isFull: false });
});

it('keeps what was not delivered for the next process, open intents as unknown with what was metered', async () => {
  sink.isAway = true;
  const first = await start();
  await answer(first, 0, 10);
  const running = await openOne(first, 10);
  running.meter(123);
  await openOne(first, 11);
  // Until the tick is on disk: the row of another request goes with it or after it.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await answer(first, 12, 13);
  await first.close();

  sink.isAway = false;
  const second = await start();
  expect(await drain(second)).toBe(true);
  expect([...sink.ids()].sort()).toEqual(idsOf(0, 13));
  const unknown = sink.rows.filter(({ outcome }) => outcome === 'unknown');
  expect(unknown.map((row) => [row.request_id, row.completion_tokens])).toEqual([
    [anIntent(10).request_id, 123],
    [anIntent(11).request_id, 0],
  ]);
  expect(events).toContainEqual({ kind: 'recovered', rows: 2 });
});

describe('while the sink is away', () => {
  it('opens and closes go on, and everything comes when it is back', async () => {
    sink.isAway = true;
    const ledger = await start();
    await answer(ledger, 0, 300);
    while (!ledger.stats().isDatabaseAway) await answer(ledger, 300, 301);
    expect(ledger.stats().waiting).toBeGreaterThanOrEqual(301);
    sink.isAway = false;
    expect(await drain(ledger)).toBe(true);
    expect(new Set(sink.ids())).toEqual(new Set(idsOf(0, 301)));
    const told = events.map(({ kind }) => kind).filter((kind) => kind.startsWith('sink'));
    expect(told).toEqual(['sink-away', 'sink-back']);
  });

  it('a sink that answers nothing counts as away', async () => {
    sink.isSilent = true;
    const ledger = await start({ sinkTimeoutMs: 20 });
    await answer(ledger, 0, 5);
    expect(await ledger.drain(AbortSignal.timeout(100))).toBe(false);
    expect(ledger.stats().isDatabaseAway).toBe(true);
    sink.isSilent = false;
    expect(await drain(ledger)).toBe(true);
    expect(sink.ids()).toHaveLength(5);
  });

  it('drain gives up with the signal and says so; nothing is lost', async () => {
    sink.isAway = true;
    const ledger = await start();
    await answer(ledger, 0, 5);
    expect(await ledger.drain(AbortSignal.timeout(30))).toBe(false);
    expect(ledger.stats().waiting).toBe(5);
  });

  it('refuses new requests when it holds as much as it may, and no row is dropped', async () => {
    sink.isAway = true;
    const ledger = await start({ maxRows: 20 });
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, number) => ledger.open(anIntent(number))),
    );
    const entries = outcomes.filter((outcome) => outcome !== 'full');
    expect(entries).toHaveLength(20);
    expect(ledger.stats().isFull).toBe(true);
    // What was let in is written, full or not.
    for (const [number, entry] of entries.entries()) entry.close(aRow(anIntent(number)));
    expect(await ledger.open(anIntent(99))).toBe('full');
    sink.isAway = false;
    expect(await drain(ledger)).toBe(true);
    expect([...sink.ids()].sort()).toEqual(idsOf(0, 20));
    expect(await ledger.open(anIntent(99))).not.toBe('full');
  });
});

it('refuses new requests while the disk has less room than what is under way may need', async () => {
  const ledger = await start({ minFreeBytes: Number.MAX_SAFE_INTEGER });
  expect(await ledger.open(anIntent(1))).toBe('full');
  expect(ledger.stats().isFull).toBe(true);
});

describe('a disk that is nearly full', () => {
  it('is told of at the start, once, with the room it has and the room that is needed', async () => {
    const ledger = await start({ minFreeBytes: Number.MAX_SAFE_INTEGER });
    const short = {
      folder: folder.path,
      neededBytes: Number.MAX_SAFE_INTEGER,
      freeBytes: expect.any(Number),
    };
    expect(ledger.diskShort()).toEqual(short);
    expect(events).toEqual([{ kind: 'disk-short', short }]);
    await ledger.open(anIntent(1));
    expect(events).toHaveLength(1);
  });

  it('still lets what waits in the outbox be delivered', async () => {
    sink.isAway = true;
    const before = await start();
    await answer(before, 0, 20);
    await before.close();
    sink.isAway = false;
    const ledger = await start({ minFreeBytes: Number.MAX_SAFE_INTEGER });
    expect(await drain(ledger)).toBe(true);
    expect([...sink.ids()].sort()).toEqual(idsOf(0, 20));
  });

  it('is not told of where there is room', async () => {
    const ledger = await start({ minFreeBytes: 1 });
    await answer(ledger, 0, 1);
    expect(ledger.diskShort()).toBeNull();
    expect(events).toEqual([]);
  });
});

describe('rows that the sink refuses', () => {
  it('are set aside one by one; those around them arrive', async () => {
    sink.isAway = true;
    const bad = [3, 4, 250, 299].map((number) => anIntent(number).request_id);
    sink.poison = bad;
    const ledger = await start();
    await answer(ledger, 0, 300);
    sink.isAway = false;
    expect(await drain(ledger)).toBe(true);
    expect([...sink.ids()].sort()).toEqual(idsOf(0, 300).filter((id) => !bad.includes(id)));
    expect(ledger.stats()).toMatchObject({ refused: 4, delivered: 296 });
    const told = events.flatMap((event) => (event.kind === 'row-refused' ? JSON.parse(event.row) : []));
    expect(told.map(({ request_id }) => request_id).sort()).toEqual(bad);
  });
});

describe('one folder for several gateways', () => {
  it('each has a file of its own', async () => {
    const [one, two] = [await start(), await start()];
    await Promise.all([answer(one, 0, 20), answer(two, 20, 40)]);
    expect(await drain(one)).toBe(true);
    expect(await drain(two)).toBe(true);
    expect([...sink.ids()].sort()).toEqual(idsOf(0, 40));
  });

  it('what one leaves behind another takes over', async () => {
    sink.isAway = true;
    const [one, two] = [await start(), await start()];
    await answer(two, 0, 2_500);
    await openOne(two, 2_500);
    await two.close();
    sink.isAway = false;
    await one.adoptOrphans();
    expect(await drain(one)).toBe(true);
    expect([...sink.ids()].sort()).toEqual(idsOf(0, 2_501));
    const adopted = events.flatMap((event) => (event.kind === 'adopted' ? event.rows : []));
    expect(adopted.reduce((sum, rows) => sum + rows, 0)).toBe(2_501);
  });

  it('a damaged one beside it is told and does not stop it', async () => {
    writeFileSync(join(folder.path, 'outbox-7.db'), 'not a database, '.repeat(1_000));
    const ledger = await start();
    await ledger.adoptOrphans();
    expect(events).toContainEqual({ kind: 'orphan-damaged', error: expect.objectContaining({}) });
    await answer(ledger, 0, 3);
    expect(await drain(ledger)).toBe(true);
  });

  it('its own damaged file stops the start and says what to do', async () => {
    writeFileSync(join(folder.path, 'outbox-0.db'), 'not a database, '.repeat(1_000));
    await expect(start()).rejects.toThrow(/is damaged .*\.recover/s);
  });
});

it('refuses what is asked of it after it was closed', async () => {
  const ledger = await start();
  await ledger.close();
  expect(await ledger.open(anIntent(1))).toBe('full');
});
