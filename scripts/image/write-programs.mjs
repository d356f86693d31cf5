// Writes the programs an image has on its PATH: `node`, the pinned one out of the lockfile, and `ropeway`. The image has no shell
// and no `env`, so the first line of `ropeway` names Node itself.
//
//   node scripts/image/write-programs.mjs FOLDER
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pinnedNode } from '../pinned-node.mjs';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('say which folder');
const node = pinnedNode();
if (node === null) throw new Error('the pinned Node is not installed for this platform');
symlinkSync(node, join(folder, 'node'));
const main = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'cli', 'src', 'main.js');
writeFileSync(
  join(folder, 'ropeway'),
  `#!/usr/local/bin/node --disable-warning=ExperimentalWarning\nimport ${JSON.stringify(main)};\n`,
  { mode: 0o755 },
);
