// Takes out of a node_modules folder what no process of this platform reads: native parts of other platforms, Node's headers and
// manuals, type declarations and source maps. For the image (Dockerfile). Packages stay whole otherwise, their package.json and
// licence included, so that a scanner finds what is there.
//
//   node scripts/image/trim-modules.mjs FOLDER
import { globSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const PLATFORM = /\.((?:android|darwin|freebsd|linux|win32)-[a-z0-9-]+)\.node$/;
/** `.bare`: native parts for another runtime. */
const UNREAD = /\.(d\.[mc]?ts|map|bare)$/;
const UNREAD_FOLDERS = 'node-*/{include,share}';

/** Whether a file has no reader on `platform`, as in `linux-x64-gnu`. */
export function isUnread(name, platform) {
  const builtFor = PLATFORM.exec(name)?.[1];
  return builtFor === undefined ? UNREAD.test(name) : builtFor !== platform;
}

/** Bytes freed. */
export function trimModules(folder, platform) {
  const folders = globSync(UNREAD_FOLDERS, { cwd: folder }).map((name) => join(folder, name));
  const inFolders = folders.flatMap(filesBelow);
  const unread = filesBelow(folder).filter((file) => isUnread(file, platform));
  const files = [...new Set([...inFolders, ...unread])];
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  for (const path of [...files, ...folders]) rmSync(path, { recursive: true });
  return bytes;
}

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error('say which node_modules folder');
  const freed = trimModules(folder, `${process.platform}-${process.arch}-gnu`);
  console.log(`trimmed ${folder} by ${Math.round(freed / 1e6)} MB`);
}
