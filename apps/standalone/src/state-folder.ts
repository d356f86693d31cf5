// What the standalone start remembers between two starts: its pepper and its key, in `.ropeway`, readable by the user alone.
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyDigest, newKeyToken, parseKeyToken, tokenText } from '#tenancy';

export interface State {
  readonly pepperFile: string;
  readonly keyFile: string;
  /** The whole key, shown to whoever starts it. */
  readonly key: string;
  readonly keyId: string;
  /** Hex. */
  readonly digest: string;
}

export function openState(folder: string): State {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pepperFile = join(folder, 'pepper');
  const keyFile = join(folder, 'key');
  const pepper = keep(pepperFile, () => randomBytes(32).toString('base64url'));
  const key = keep(keyFile, () => tokenText(newKeyToken('live')));
  const token = parseKeyToken(key);
  if (!token)
    throw new Error(`${keyFile} does not hold a key: delete it, and the next start makes a new one`);
  return {
    pepperFile,
    keyFile,
    key,
    keyId: token.id,
    digest: keyDigest(pepper, token.secret).toString('hex'),
  };
}

function keep(file: string, make: () => string): string {
  try {
    writeFileSync(file, `${make()}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    // It is there from an earlier start, or from one beside this: then that one holds.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  chmodSync(file, 0o600);
  return readFileSync(file, 'utf8').trim();
}
