import { afterEach, describe, expect, it } from '@jest/globals';
import { DiskWatch } from './disk-watch.ts';
import { GroupCommit } from './group-commit.ts';
import type { LedgerEvent } from './ledger-event.ts';
import { anIntent, aRow } from './ledger-under-test.ts';
import type { OutboxCallName, OutboxCalls } from './outbox-calls.ts';
import type { OutboxCommit } from './outbox-file.ts';
import { OutboxThreadDied } from './outbox-thread.ts';

/** Answers a commit when told to. */
class StandInThread {
  readonly commits: OutboxCommit[] = [];
  readonly #answers: { resolve(answer: never): void; reject(error: Error): void }[] = [];
  #waiters: (() => void)[] = [];

  ask<Name extends OutboxCallName>(
    _name: Name,
    ask: OutboxCalls[Name]['ask'],
  ): Promise<OutboxCalls[Name]['answer']> {
    const { promise, resolve, reject } = Promise.withResolvers<OutboxCalls[Name]['answer']>();
    this.commits.push(ask as OutboxCommit);
    this.#answers.push({ resolve, reject });
    for (const waiter of this.#waiters.splice(0)) waiter();
    return promise;
  }

  /** Resolves once so many commits were asked for. */
  async asked(count: number): Promise<void> {
    while (this.commits.length < count) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  succeed(): void {
    this.#answers.shift()?.resolve(null as never);
  }

  fail(error: Error): void {
    this.#answers.shift()?.reject(error);
  }
}

const events: LedgerEvent[] = [];
let commits: GroupCommit;
let disk: DiskWatch;
function start(settings = { commitMs: 0, tickMs: 3_600_000, maxPauseMs: 1 }) {
  const thread = new StandInThread();
  events.length = 0;
  let rowsTold = 0;
  disk = new DiskWatch((event) => void events.push(event));
  const ports = {
    thread,
    disk,
    onRows: () => void rowsTold++,
    onEvent: (event: LedgerEvent) => void events.push(event),
  };
  commits = new GroupCommit(ports, settings, 41);
  return { thread, told: () => rowsTold };
}
afterEach(async () => {
  // Nothing left: close has nothing to ask the stand-in for.
  await commits.close();
});

async function openOne(thread: StandInThread, number = 1) {
  const opening = commits.open(anIntent(number));
  await thread.asked(thread.commits.length + 1);
  thread.succeed();
  const entry = await opening;
  if (entry === 'full') throw new Error('full');
  return entry;
}

describe('one commit at a time', () => {
  it('takes everything of one turn together', async () => {
    const { thread } = start();
    const openings = [commits.open(anIntent(1)), commits.open(anIntent(2)), commits.open(anIntent(3))];
    await thread.asked(1);
    expect(thread.commits[0]).toMatchObject({ firstSeq: 42, intents: { length: 3 } });
    thread.succeed();
    expect((await Promise.all(openings)).includes('full')).toBe(false);
    expect(thread.commits).toHaveLength(1);
  });

  it('takes together what came while the disk was busy, numbered on', async () => {
    const { thread } = start();
    const first = commits.open(anIntent(1));
    await thread.asked(1);
    const others = [commits.open(anIntent(2)), commits.open(anIntent(3))];
    expect(commits.opening).toBe(3);
    thread.succeed();
    await first;
    await thread.asked(2);
    expect(thread.commits[1]).toMatchObject({ firstSeq: 43, intents: { length: 2 } });
    thread.succeed();
    await Promise.all(others);
    expect(commits.opening).toBe(0);
  });

  it('writes the first row of an entry and no other', async () => {
    const { thread, told } = start();
    const entry = await openOne(thread);
    entry.close(aRow(anIntent(1)));
    entry.close(aRow(anIntent(1), { outcome: 'failed' }));
    await thread.asked(2);
    expect(thread.commits[1]).toMatchObject({ closedSeqs: [42], rows: { length: 1 } });
    thread.succeed();
    await commits.close();
    expect(told()).toBe(1);
  });

  it('writes what was metered last, once a tick, and not after the row', async () => {
    const { thread } = start({ commitMs: 0, tickMs: 5, maxPauseMs: 1 });
    const entry = await openOne(thread);
    entry.meter(10);
    entry.meter(20);
    await thread.asked(2);
    expect(thread.commits[1]?.ticks).toEqual([{ seq: 42, tokens: 20 }]);
    entry.meter(30);
    entry.close(aRow(anIntent(1)));
    thread.succeed();
    await thread.asked(3);
    expect(thread.commits[2]).toMatchObject({ ticks: [], closedSeqs: [42] });
    thread.succeed();
  });
});

describe('a disk that fails', () => {
  it('refuses intents, keeps rows and brings them when it is back', async () => {
    const { thread } = start();
    const entry = await openOne(thread);
    const row = aRow(anIntent(1));
    entry.close(row);
    const refused = commits.open(anIntent(2));
    await thread.asked(2);
    thread.fail(new Error('database or disk is full'));
    expect(await refused).toBe('full');
    expect(disk.isFailing).toBe(true);
    await thread.asked(3);
    expect(thread.commits[2]).toMatchObject({ intents: [], closedSeqs: [42], rows: [JSON.stringify(row)] });
    thread.fail(new Error('database or disk is full'));
    await thread.asked(4);
    thread.succeed();
    await commits.close();
    expect(disk.isFailing).toBe(false);
    expect(events.map(({ kind }) => kind)).toEqual(['disk-failing', 'disk-back']);
  });

  it('finds out by itself that it is back, with nothing to write', async () => {
    const { thread } = start();
    const refused = commits.open(anIntent(1));
    await thread.asked(1);
    thread.fail(new Error('disk I/O error'));
    expect(await refused).toBe('full');
    await thread.asked(2);
    thread.succeed();
    await openOne(thread, 2);
    expect(disk.isFailing).toBe(false);
  });

  it('withdraws intents of which nobody knows whether they are on disk', async () => {
    const { thread } = start();
    const refused = commits.open(anIntent(1));
    await thread.asked(1);
    thread.fail(new OutboxThreadDied('gone'));
    expect(await refused).toBe('full');
    await thread.asked(2);
    expect(thread.commits[1]).toMatchObject({ closedSeqs: [42], rows: [''] });
    thread.succeed();
  });

  it('tells the rows it could not write when it is closed', async () => {
    const { thread } = start();
    const entry = await openOne(thread);
    const row = aRow(anIntent(1));
    entry.close(row);
    const closing = commits.close();
    for (let tries = 2; tries <= 4; tries++) {
      await thread.asked(tries);
      thread.fail(new Error('disk I/O error'));
    }
    await closing;
    const rows = [JSON.stringify(row)];
    expect(events.at(-1)).toMatchObject({ kind: 'rows-unwritten', rows });
  });
});
