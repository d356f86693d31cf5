import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { type LedgerEvent, OutboxLedger } from '#ledger';
import { refuseFullDisk } from './refuse-full-disk.ts';

const folder = mkdtempSync(join(tmpdir(), 'ropeway-full-'));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The outbox alone of a state: its disk is as full as the room it needs is large. */
async function aState(minFreeBytes: number) {
  const events: LedgerEvent[] = [];
  const ledger = await OutboxLedger.start(
    { folder, maxRows: 100, batchRows: 10, minFreeBytes },
    { sink: { write: async () => {} }, onEvent: (event) => void events.push(event) },
  );
  return { ledger, close: () => ledger.close() };
}

it('ends the start in one line that says what is there, what is needed and what to do', async () => {
  const refused = refuseFullDisk(await aState(Number.MAX_SAFE_INTEGER));
  await expect(refused).rejects.toThrow(
    /^the disk of the outbox \S+ has \d+ MiB left, and new requests are taken from \d+ MiB on .*: make room on it, or choose another folder with --state$/,
  );
});

it('lets a start with room, or without an outbox, go on', async () => {
  const state = await aState(1);
  await refuseFullDisk(state);
  await state.close();
  await refuseFullDisk({ ledger: null, close: async () => {} });
});
