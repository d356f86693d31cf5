// The first way in: a file with an admin key, made at the first start and read at each later one.
import { chmod, link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type AdminKey, newAdminKey } from '#tenancy';
import { readAdminKeys } from './read-admin-keys.ts';

interface EnsuredAdminKeys {
  readonly keys: readonly AdminKey[];
  /** The file was made now: say where it is. */
  readonly isNew: boolean;
}

const OWNER_ONLY = 0o600;

/**
 * Keys of the file, which is made with one admin key (mode 0600) if it is not there. Several processes may start at once:
 * one file wins, whole. Throws when the file cannot be read or written, or says something else.
 */
export async function ensureAdminKey(file: string): Promise<EnsuredAdminKeys> {
  const isNew = await makeIfMissing(file).catch((error: unknown) => {
    // Where Kubernetes mounts a Secret nobody can write: then it is the Secret that lacks the key.
    throw new RangeError(
      `${file} cannot be read, nor made (${codeOf(error)}): set control.adminKeyFile to a file that holds an admin key, or that can be written`,
    );
  });
  try {
    return { keys: readAdminKeys(await readFile(file, 'utf8')), isNew };
  } catch (error) {
    if (error instanceof RangeError) throw new RangeError(`${file}: ${error.message}`);
    throw error;
  }
}

/** Written aside and linked into place: nobody ever reads half a key, and link() refuses to replace what is there. */
async function makeIfMissing(file: string): Promise<boolean> {
  if (await exists(file)) return false;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}.${crypto.randomUUID()}`;
  await writeFile(draft, `${newAdminKey('admin').text}\n`, { flag: 'wx', mode: OWNER_ONLY });
  try {
    // The process's umask could have taken away the owner's own rights.
    await chmod(draft, OWNER_ONLY);
    await link(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await readFile(file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
}
