// `npm run test:cluster`: builds a control plane once, and runs test/cluster on it. What follows goes to jest.
// `--if-available`: a machine without Go, or that is not Linux on x86-64, has nothing to say.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PROGRAMS_FOLDER } from './global-setup.ts';
import { controlPlanePrograms } from './programs/control-plane-programs.ts';
import { goVersion } from './programs/run-go.ts';
import { whatIsMissing } from './programs/what-is-missing.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];

const args = process.argv.slice(2);
const rest = args.filter((arg) => arg !== '--if-available');
const missing = whatIsMissing();
if (missing !== null) {
  process.stderr.write(`test:cluster: ${missing}; the tests on a real control plane do not run\n`);
  process.exit(args.includes('--if-available') ? 0 : 1);
}
const programs = await controlPlanePrograms(goVersion() ?? '');
const child = spawn(process.execPath, [...JEST, '--config', 'test/cluster/jest.config.mjs', ...rest], {
  cwd: ROOT,
  env: { ...process.env, [PROGRAMS_FOLDER]: programs.folder },
  stdio: 'inherit',
});
const pass = (signal: NodeJS.Signals) => child.kill(signal);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => pass(signal));
child.on('exit', (code) => process.exit(code ?? 1));
