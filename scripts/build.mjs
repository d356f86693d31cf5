// Compiles apps and libs to dist with SWC, the same tree, only files newer than their output; copies assets; writes
// dist/package.json whose "imports" point into dist, so that '#protocol' means the compiled lib there.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
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
/** What decides how a file is compiled; another recipe compiles everything. */
const recipe = createHash('sha256');
for (const file of ['.swcrc', 'package.json', 'scripts/build.mjs']) recipe.update(readFileSync(file));
const recipeFile = join(dist, '.recipe');
const recipeText = recipe.digest('hex');
const isSameRecipe = existsSync(recipeFile) && readFileSync(recipeFile, 'utf8') === recipeText;

const outputs = new Set(assets.map((file) => join(dist, file)));
let compiled = 0;
try {
  await build();
} catch (error) {
  if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EEXIST', 'ENOTDIR'].includes(error.code))
    throw error;
  process.stderr.write(`${whyNotWritten(error)}\n`);
  process.exit(1);
}

async function build() {
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
    takeTime(file, out);
    compiled++;
  }
  for (const file of assets) {
    const out = join(dist, file);
    if (isFresh(file, out)) continue;
    mkdirSync(dirname(out), { recursive: true });
    copyFileSync(file, out);
    takeTime(file, out);
  }
  removeStale();
  const { imports, version } = JSON.parse(readFileSync('package.json', 'utf8'));
  const compiledImports = Object.fromEntries(
    Object.entries(imports).map(([name, path]) => [name, path.replace(/\.ts$/, '.js')]),
  );
  writeChanged(
    join(dist, 'package.json'),
    `${JSON.stringify({ type: 'module', version, imports: compiledImports }, null, 2)}\n`,
  );
  writeChanged(recipeFile, recipeText);
  if (compiled > 20) process.stderr.write(`built ${compiled} files\n`);
}

/** A clone that is built can be started by whoever may only read it. */
function writeChanged(file, text) {
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}

function whyNotWritten({ code, path }) {
  const fix =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'make room on its disk'
      : `give this user the right to write ${root}, or clone Ropeway where it has it`;
  return `ropeway: the build cannot write ${path ?? dist} (${code}): ${fix}`;
}

/** An output has the time of its source, so a source that was put back, older than its output, is seen as well. */
function isFresh(file, out) {
  return isSameRecipe && existsSync(out) && isSameTime(statSync(out).mtimeMs, statSync(file).mtimeMs);
}

/** Not every file system keeps what utimes was given to the last digit. */
function isSameTime(a, b) {
  return Math.abs(a - b) < 2;
}

function takeTime(file, out) {
  const { atime, mtime } = statSync(file);
  utimesSync(out, atime, mtime);
}

/** A file whose source is gone must not be importable any more. */
function removeStale() {
  for (const file of globSync('dist/{apps,libs}/**/*', {})) {
    const path = join(root, file);
    if (statSync(path).isFile() && !outputs.has(path)) rmSync(path);
  }
}
