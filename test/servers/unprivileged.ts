// Servers under test run as nobody when the tests run as root: initdb refuses root, and nothing here needs it.
import { chownSync, readFileSync } from 'node:fs';

interface ProcessOwner {
  readonly uid: number;
  readonly gid: number;
}

/** Who is to run the servers; null where we are not root and they run as whoever we are. */
export function unprivilegedOwner(): ProcessOwner | null {
  if (process.getuid?.() !== 0) return null;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined)
    throw new Error('no user nobody in /etc/passwd to run servers as');
  return { uid: Number(uid), gid: Number(gid) };
}

/** Gives a folder to the user that the servers run as. */
export function handOver(folder: string): void {
  const owner = unprivilegedOwner();
  if (owner !== null) chownSync(folder, owner.uid, owner.gid);
}
