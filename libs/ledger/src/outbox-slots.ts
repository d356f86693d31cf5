// Which file of the folder is ours? Gateways may share a folder: each takes the first file that nobody holds, what its
// last owner left there included, and later takes over the others that nobody holds. No file is ever removed: between
// closing and removing it another process could have begun to write there.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { OutboxFile } from './outbox-file.ts';

/** Processes that share one folder; far above what one machine runs. */
const SLOTS = 1_000;
const FILE_NAME = /^outbox-(\d{1,3})\.db$/;

interface OutboxSlot {
  readonly file: OutboxFile;
  readonly slot: number;
}

export function takeSlot(folder: string): OutboxSlot {
  // The rows name tenants and their use: nobody else's to read.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (let slot = 0; slot < SLOTS; slot++) {
    const file = OutboxFile.open(pathOf(folder, slot));
    if (file !== 'held') return { file, slot };
  }
  throw new Error(
    `Every outbox of ${folder} is in use by another process; give this one a folder of its own.`,
  );
}

/** The file this process had before its thread died. */
export function retakeSlot(folder: string, slot: number): OutboxFile {
  const file = OutboxFile.open(pathOf(folder, slot));
  if (file === 'held')
    throw new Error(`The outbox ${pathOf(folder, slot)} is still held by the thread that died.`);
  return file;
}

/** Files besides ours; whether they are held is found out by opening them. */
export function otherSlots(folder: string, own: number): readonly string[] {
  return readdirSync(folder)
    .filter((name) => Number(FILE_NAME.exec(name)?.[1] ?? own) !== own)
    .map((name) => join(folder, name));
}

function pathOf(folder: string, slot: number): string {
  return join(folder, `outbox-${slot}.db`);
}
