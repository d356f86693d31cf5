// Files that outlive the process, such as the known keys and the number of gateways: whoever starts next finds the old one or
// the new one, whole, also after a power cut.
import { randomUUID } from 'node:crypto';
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** An unfinished file so old is no longer written: its process was killed. */
const ABANDONED_MS = 3_600_000;

/**
 * All or nothing: the old file stays until the new one is on disk. Readable by its owner alone, in a folder that is made.
 * Rejects with what `write` rejects with, or the file system.
 */
export async function replaceFile(file: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  // Gateways may share the folder, from containers that know each other's process ids as little as ours.
  const unfinished = `${file}.${randomUUID()}.new`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await removeAbandoned(file);
  try {
    await writeNew(unfinished, write);
    await rename(unfinished, file);
  } catch (error) {
    // A full disk gets its room back. That this fails too is no news.
    await rm(unfinished, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(dirname(file));
}

/** Half-written files of processes that were killed; whoever else finds one first may have it. */
async function removeAbandoned(file: string): Promise<void> {
  const folder = dirname(file);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${basename(file)}.`) || !name.endsWith('.new')) continue;
    const path = join(folder, name);
    const ageMs = await lstat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (ageMs > ABANDONED_MS) await rm(path, { force: true });
  }
}

async function writeNew(file: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await write(handle);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** So that the new name survives a power cut. Windows syncs no folder that is open for reading. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
