// Compiles apps and libs to dist with SWC, the same tree, only files newer than their output; copies assets; writes
// dist/package.json whose "imports" point into dist, so that '#protocol' means the compiled lib there.
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { transformFile } from '@swc/core';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
process.chdir(root);

const isTest = (file) => /\.(spec|contract|contract-spec|bench|e2e-spec)\.ts$/.test(file);
const sources = globSync('{apps,libs}/*/{src,nest}/**/*.ts').filter(
  (file) => !isTest(file) && !file.endsWith('.d.ts'),
);
const assets = globSync('{apps,libs}/*/assets/**/*').filter((file) => statSync(file).isFile());
const recipe = Math.max(
  ...['.swcrc', 'package.json', 'scripts/build.mjs'].map((file) => statSync(file).mtimeMs),
);

const outputs = new Set(assets.map((file) => join(dist, file)));
let compiled = 0;
for (const file of sources) {
  const out = join(dist, file.replace(/\.ts$/, '.js'));
  outputs.add(out);
  outputs.add(`${out}.map`);
  if (isFresh(file, out)) continue;
  const { code, map } = await transformFile(file, {
    swcrc: true,
    sourceMaps: true,
    sourceFileName: join(root, file),
  });
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, `${code}\n//# sourceMappingURL=${out.split('/').at(-1)}.map\n`);
  writeFileSync(`${out}.map`, map ?? '{}');
  compiled++;
}
for (const file of assets) {
  const out = join(dist, file);
  if (isFresh(file, out)) continue;
  mkdirSync(dirname(out), { recursive: true });
  copyFileSync(file, out);
}
removeStale();
const { imports, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const compiledImports = Object.fromEntries(
  Object.entries(imports).map(([name, path]) => [name, path.replace(/\.ts$/, '.js')]),
);
writeFileSync(
  join(dist, 'package.json'),
  `${JSON.stringify({ type: 'module', version, imports: compiledImports }, null, 2)}\n`,
);
if (compiled > 20) process.stderr.write(`built ${compiled} files\n`);

function isFresh(file, out) {
  return existsSync(out) && statSync(out).mtimeMs >= Math.max(statSync(file).mtimeMs, recipe);
}

/** A file whose source is gone must not be importable any more. */
function removeStale() {
  for (const file of globSync('dist/{apps,libs}/**/*', {})) {
    const path = join(root, file);
    if (statSync(path).isFile() && !outputs.has(path)) rmSync(path);
  }
}
