import { afterEach, describe, expect, it } from '@jest/globals';
import { Delivery } from './delivery.ts';
import { DiskWatch } from './disk-watch.ts';
import type { LedgerEvent } from './ledger-event.ts';
import { anIntent, aRow, MemorySink } from './ledger-under-test.ts';
import type { OutboxCallName, OutboxCalls } from './outbox-calls.ts';

/** An outbox of rows in memory, on a disk that refuses to be written to as often as told. */
class StandInOutbox {
  readonly rows = [1, 2, 3].map((id) => ({ id, text: JSON.stringify(aRow(anIntent(id))) }));
  readonly refused: number[] = [];
  failingWrites = 0;
  #emptied = Promise.withResolvers<void>();

  async ask<Name extends OutboxCallName>(
    name: Name,
    ask: OutboxCalls[Name]['ask'],
  ): Promise<OutboxCalls[Name]['answer']> {
    return this.#answer(name, ask as never) as OutboxCalls[Name]['answer'];
  }

  emptied(): Promise<void> {
    return this.#emptied.promise;
  }

  #answer(name: OutboxCallName, ask: { rows: number; lastId: number; id: number }): object | null {
    if (name === 'read') {
      const read = this.rows.slice(0, ask.rows);
      if (read.length === 0) this.#emptied.resolve();
      return {
        text: `[${read.map(({ text }) => text).join()}]`,
        count: read.length,
        lastId: read.at(-1)?.id ?? 0,
      };
    }
    if (this.failingWrites-- > 0) throw new Error('database or disk is full');
    if (name === 'refuse') this.refused.push(ask.id);
    const last = name === 'refuse' ? ask.id : ask.lastId;
    while (this.rows[0] !== undefined && this.rows[0].id <= last) this.rows.shift();
    return null;
  }
}

const events: LedgerEvent[] = [];
const sink = new MemorySink();
let delivery: Delivery;
/** In the moment the sink was back. */
let wasBehind: boolean | null = null;
function start(outbox: StandInOutbox, maxPauseMs = 1): void {
  events.length = 0;
  sink.rows.length = 0;
  sink.calls.length = 0;
  sink.poison = [];
  sink.isAway = false;
  const onEvent = (event: LedgerEvent) => {
    events.push(event);
    if (event.kind === 'sink-back') wasBehind = delivery.isBehind;
  };
  const ports = { thread: outbox, disk: new DiskWatch(onEvent), sink, handover: null, onEvent };
  delivery = new Delivery(ports, { batchRows: 100, gatherMs: 0, sinkTimeoutMs: 60_000, maxPauseMs });
}
afterEach(() => delivery.close());

describe('a disk that fails', () => {
  it('does not make it send again what the sink has', async () => {
    const outbox = new StandInOutbox();
    outbox.failingWrites = 3;
    start(outbox);
    delivery.wake();
    await outbox.emptied();
    expect(sink.calls).toEqual([3]);
    expect(delivery.delivered).toBe(3);
    expect(delivery.isSinkAway).toBe(false);
    expect(events.map(({ kind }) => kind)).toEqual(['disk-failing', 'disk-back']);
  });
});

describe('a sink that was away', () => {
  it('is behind until those who were in a longer pause have told it their rows, too', async () => {
    const outbox = new StandInOutbox();
    start(outbox, 50);
    expect(delivery.isBehind).toBe(false);
    sink.isAway = true;
    delivery.wake();
    while (!delivery.isSinkAway) await new Promise(setImmediate);
    expect(delivery.isBehind).toBe(true);
    sink.isAway = false;
    await outbox.emptied();
    expect(wasBehind).toBe(true);
    while (delivery.isBehind) await new Promise(setImmediate);
    expect(events.map(({ kind }) => kind)).toEqual(['sink-away', 'sink-back']);
  });
});

describe('a row that is refused', () => {
  it('is set aside alone, after as few tries as halving takes', async () => {
    const outbox = new StandInOutbox();
    start(outbox);
    sink.poison = [anIntent(2).request_id];
    delivery.wake();
    await outbox.emptied();
    expect(sink.ids()).toEqual([anIntent(1).request_id, anIntent(3).request_id]);
    expect(outbox.refused).toEqual([2]);
    expect(sink.calls).toEqual([3, 2, 1, 2, 1, 1]);
    expect(events).toMatchObject([
      { kind: 'row-refused', row: expect.stringContaining(anIntent(2).request_id) },
    ]);
  });
});
