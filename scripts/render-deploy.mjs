// Writes deploy/ from the chart: `npm run deploy:render`. A test fails while they differ.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deployTree } from './chart/deploy-tree.ts';

const deploy = join(import.meta.dirname, '..', 'deploy');
// Only what is made here: deploy/nodes and the page are written by hand.
for (const folder of ['base', 'components', 'overlays'])
  rmSync(join(deploy, folder), { recursive: true, force: true });
for (const [path, text] of deployTree()) {
  const file = join(deploy, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
