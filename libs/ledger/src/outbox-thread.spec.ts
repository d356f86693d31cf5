import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { canBeWithoutDescriptors, withoutDescriptors } from '../../../test/servers/without-descriptors.ts';
import { anIntent, aRow, MemorySink, newFolder } from './ledger-under-test.ts';
import { OutboxLedger } from './outbox-ledger.ts';
import { OutboxThread, OutboxThreadDied } from './outbox-thread.ts';

let folder: ReturnType<typeof newFolder>;
/** The thread that was spoken to last. */
let worker: Worker | null;
/** What it is asked does not arrive: it dies before it answers. */
let isDeaf: boolean;

beforeEach(() => {
  folder = newFolder();
  worker = null;
  isDeaf = false;
  const postMessage = Worker.prototype.postMessage;
  jest.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, message: unknown) {
    worker = this;
    if (!isDeaf) postMessage.call(this, message);
  });
});
afterEach(() => {
  jest.restoreAllMocks();
  folder.remove();
});

it('says of what it had not answered that nobody knows, and goes on with another on the same file', async () => {
  const thread = new OutboxThread(folder.path);
  const { slot } = await thread.open();
  const intents = [JSON.stringify(anIntent(1))];
  await thread.ask('commit', { firstSeq: 1, intents, ticks: [], closedSeqs: [], rows: [], nowMs: 0 });
  isDeaf = true;
  const unanswered = thread.ask('read', { rows: 1 });
  isDeaf = false;
  await Promise.all([expect(unanswered).rejects.toBeInstanceOf(OutboxThreadDied), worker?.terminate()]);
  expect(await thread.ask('read', { rows: 1 })).toMatchObject({ count: 0 });
  // The intent is open still: its process lives.
  expect(thread.size).toMatchObject({ intents: 1, rows: 0 });
  await thread.close();
  const next = new OutboxThread(folder.path);
  expect(await next.open()).toMatchObject({ slot, recovered: 1 });
  await next.close();
});

it('costs a ledger no row when it dies', async () => {
  const sink = new MemorySink();
  const times = { gatherMs: 1, maxPauseMs: 5 };
  const options = { folder: folder.path, maxRows: 1_000, batchRows: 10, ...times };
  const ledger = await OutboxLedger.start(options, { sink, onEvent: () => {} });
  const entry = await ledger.open(anIntent(1));
  if (entry === 'full') throw new Error('full');
  isDeaf = true;
  const refused = ledger.open(anIntent(2));
  // The commit leaves at the end of the turn.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  isDeaf = false;
  await worker?.terminate();
  expect(await refused).toBe('full');
  entry.close(aRow(anIntent(1)));
  expect(await ledger.drain(AbortSignal.timeout(20_000))).toBe(true);
  expect(sink.ids()).toEqual([anIntent(1).request_id]);
  expect(await ledger.open(anIntent(3))).not.toBe('full');
  await ledger.close();
});

const onLinux = canBeWithoutDescriptors ? it : it.skip;
onLinux('says why its thread could not start', async () => {
  await withoutDescriptors(async () => {
    await expect(new OutboxThread(folder.path).open()).rejects.toThrow(
      /^The thread of the outbox ended: .*EMFILE/,
    );
  });
});
