// The outbox's thread: SQLite is synchronous and waits for the disk, so it must not run on the event loop.
import { parentPort } from 'node:worker_threads';
import { Orphans } from './orphans.ts';
import type { OutboxCallName, OutboxCalls, OutboxMessage, OutboxReply } from './outbox-calls.ts';
import type { OutboxFile } from './outbox-file.ts';
import { retakeSlot, takeSlot } from './outbox-slots.ts';

type Handlers = {
  readonly [Name in OutboxCallName]: (ask: OutboxCalls[Name]['ask']) => OutboxCalls[Name]['answer'];
};

/** Until `open` has answered nothing else is asked. */
let file: OutboxFile;
let orphans: Orphans;
let isOpen = false;

const handlers: Handlers = {
  open: ({ folder, slot }) => {
    const taken = slot === null ? takeSlot(folder) : { file: retakeSlot(folder, slot), slot };
    file = taken.file;
    orphans = new Orphans(folder, taken.slot);
    const recovered = slot === null ? file.recover() : 0;
    isOpen = true;
    return { slot: taken.slot, lastSeq: file.lastSeq, recovered };
  },
  commit: (batch) => {
    file.commit(batch);
    return null;
  },
  read: ({ rows }) => file.read(rows),
  remove: ({ lastId }) => {
    file.remove(lastId);
    return null;
  },
  refuse: ({ id, error }) => {
    file.refuse(id, error);
    return null;
  },
  add: ({ text }) => file.add(text),
  adopt: () => orphans.step(file),
  close: () => {
    orphans.close();
    file.close();
    isOpen = false;
    return null;
  },
};

function reply(message: OutboxMessage): OutboxReply {
  try {
    const answer = call(message);
    return { answer, size: isOpen ? file.size() : null };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** One place that knows that a name and its ask belong together. */
function call<Name extends OutboxCallName>({
  name,
  ask,
}: {
  name: Name;
  ask: OutboxCalls[Name]['ask'];
}): unknown {
  return handlers[name](ask);
}

parentPort?.on('message', (message: OutboxMessage) => parentPort?.postMessage(reply(message)));
