// Does the pinned Node start on this machine? It links a library that a bare Debian lacks; without it nothing that the
// launchers run says more than the dynamic linker's line.
import { spawnSync } from 'node:child_process';

/** A version is printed within milliseconds; a machine that swaps gets its time. */
const VERSION_MS = 60_000;
/** Debian's package by library. Node from 25 on wants libatomic. */
const PACKAGES = { 'libatomic.so.1': 'libatomic1' };

/**
 * Null where it starts. `packages`: what Debian calls the library that is missing, empty where it is something else.
 * `said`: its own words.
 */
export function startProblem(node) {
  const { status, error, stderr } = spawnSync(node, ['--version'], { encoding: 'utf8', timeout: VERSION_MS });
  if (status === 0) return null;
  const said = error?.message ?? stderr.trim();
  const missing = Object.keys(PACKAGES).filter((library) => said.includes(library));
  return { packages: missing.map((library) => PACKAGES[library]), said };
}

/** What whoever may install nothing is told of it: one line. */
export function startAdvice({ packages, said }) {
  return packages.length > 0
    ? `libraries are missing that Node needs; as root: apt-get install ${packages.join(' ')}`
    : `the pinned Node does not start: ${said}`;
}
