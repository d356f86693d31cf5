// Files that outlive the process, such as the known keys and the number of gateways: whoever starts next finds the old one or
// the new one, whole, also after a power cut.
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * All or nothing: the old file stays until the new one is on disk. Readable by its owner alone, in a folder that is made.
 * Rejects with what `write` rejects with, or the file system.
 */
export async function replaceFile(file: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  // Gateways on one machine may share the folder: each has its own unfinished file.
  const unfinished = `${file}.${process.pid}.new`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
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

async function writeNew(file: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  // Left by a process that was killed; opened anew, so that neither its rights nor a link in its place is taken over.
  await rm(file, { force: true });
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
