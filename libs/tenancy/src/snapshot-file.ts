// The last known keys on disk, so that a gateway that starts while the database is away knows them (decisions L5). One line a
// key, because a text of ten thousand keys at once would hold up every stream; sealed with a pepper, so that a line moved to
// another tenant, or a file cut short, is not believed.
import { createHmac, type Hmac, timingSafeEqual } from 'node:crypto';
import { type FileHandle, readFile } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { replaceFile } from '#limits';
import type { Caller } from './caller.ts';
import type { StoredKey } from './stored-key.ts';

export interface SnapshotSeal {
  readonly version: number;
  readonly pepper: string;
}

export interface KeySnapshot {
  /** Wall clock at which the database had last confirmed them. */
  readonly confirmedAtMs: number;
  readonly keys: readonly StoredKey[];
}

type SnapshotRead =
  | ({ readonly ok: true } & KeySnapshot)
  /** `absent` (no file, as at the first start), or why what is there is not believed. */
  | { readonly ok: false; readonly reason: string };

/** Counts up when a line's meaning changes: a file of another format is not read. */
const FORMAT = 1;
/** Some 40 KB and half a millisecond at a time: streams run beside it. */
const KEYS_A_TURN = 50;

/** All or nothing: the old file stays until the new one is on disk. Readable by its owner alone. */
export async function writeSnapshot(file: string, snapshot: KeySnapshot, seal: SnapshotSeal): Promise<void> {
  await replaceFile(file, (handle) => writeLines(handle, snapshot, seal));
}

/** Rejects only where a file that is there cannot be read. */
export async function readSnapshot(
  file: string,
  peppers: ReadonlyMap<number, string>,
): Promise<SnapshotRead> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return { ok: false, reason: 'absent' };
  const [first = '', ...lines] = text.trimEnd().split('\n');
  const last = lines.pop() ?? '';
  const head = parseHead(first);
  if (head === null) return { ok: false, reason: 'it is of another format' };
  const pepper = peppers.get(head.pepperVersion);
  if (pepper === undefined) return { ok: false, reason: `pepper ${head.pepperVersion} is not given` };
  const sealed = newSeal(pepper).update(`${first}\n`);
  for (const line of lines) sealed.update(`${line}\n`);
  if (!isSeal(last, sealed))
    return { ok: false, reason: 'its seal does not fit: it was cut short or changed' };
  return { ok: true, confirmedAtMs: head.confirmedAtMs, keys: lines.map(parseLine) };
}

async function writeLines(handle: FileHandle, snapshot: KeySnapshot, seal: SnapshotSeal): Promise<void> {
  const sealed = newSeal(seal.pepper);
  const write = async (lines: string) => {
    sealed.update(lines);
    await handle.appendFile(lines);
  };
  const { confirmedAtMs, keys } = snapshot;
  const head: Head = { format: FORMAT, pepperVersion: seal.version, confirmedAtMs };
  await write(`${JSON.stringify(head)}\n`);
  for (let from = 0; from < keys.length; from += KEYS_A_TURN) {
    await write(
      keys
        .slice(from, from + KEYS_A_TURN)
        .map(lineOf)
        .join(''),
    );
    await setImmediate();
  }
  await handle.appendFile(`${sealed.digest('hex')}\n`);
}

interface Head {
  readonly format: number;
  readonly pepperVersion: number;
  readonly confirmedAtMs: number;
}

/** Its own purpose, so that a seal can never pass for the digest of a secret. */
function newSeal(pepper: string): Hmac {
  return createHmac('sha256', pepper).update('ropeway key snapshot\n');
}

function isSeal(text: string, sealed: Hmac): boolean {
  const given = Buffer.from(text, 'hex');
  const expected = sealed.digest();
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function parseHead(line: string): Head | null {
  try {
    const { format, pepperVersion, confirmedAtMs } = JSON.parse(line);
    return format === FORMAT
      ? { format, pepperVersion: Number(pepperVersion), confirmedAtMs: Number(confirmedAtMs) }
      : null;
  } catch {
    // Not JSON: not of this format.
    return null;
  }
}

function lineOf(key: StoredKey): string {
  const { allowedFields, models, ...caller } = key.caller;
  const digest = key.digest.toString('hex');
  // JSON has no Infinity.
  const expiresAtMs = Number.isFinite(key.expiresAtMs) ? key.expiresAtMs : null;
  return `${JSON.stringify({ ...key, caller, digest, expiresAtMs })}\n`;
}

/** The seal vouches that we wrote it, and the format that we wrote it so. */
function parseLine(line: string): StoredKey {
  const key: Omit<StoredKey, 'caller'> & {
    readonly caller: Omit<Caller, 'allowedFields' | 'models'>;
    readonly digest: string;
    readonly expiresAtMs: number | null;
  } = JSON.parse(line);
  const { scopes } = key.caller;
  return {
    ...key,
    caller: {
      ...key.caller,
      allowedFields: new Set(scopes.allowedFields),
      models: scopes.models === null ? null : new Set(scopes.models),
    },
    digest: Buffer.from(key.digest, 'hex'),
    expiresAtMs: key.expiresAtMs ?? Number.POSITIVE_INFINITY,
  };
}
