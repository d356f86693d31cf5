// The one launcher behind every npm script. It runs on any Node >= 20, installs what the lockfile says when that has
// changed, builds what is out of date, and goes over to the pinned Node. A second start does nothing of it.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  FOR_PICTURES,
  FOR_WATCHING,
  installPackages,
  mayInstall,
  missingPackages,
} from './debian-packages.mjs';
import { GATEWAY_FLAGS } from './gateway-flags.mjs';
import { pinnedNode } from './pinned-node.mjs';
import { startAdvice, startProblem } from './start-problem.mjs';

const root = join(import.meta.dirname, '..');
process.chdir(root);

const MODULES = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const JEST = ['node_modules/jest/bin/jest.js'];
const LOOKS = [
  ['node_modules/@biomejs/biome/bin/biome', 'check', '.'],
  ['node_modules/typescript/bin/tsc', '-p', '.'],
  ['node_modules/dependency-cruiser/bin/dependency-cruise.mjs', 'apps', 'libs', 'test'],
];
/** Second line of the stamp of an install: the pinned Node was seen to start. */
const STARTS = 'starts';

/**
 * What each npm script runs, in order; each a Node program with its arguments. `build` first where dist is needed,
 * `servers` where tests start Redis and PostgreSQL, `serversWith` where that takes an option.
 * `packages`: other programs from Debian, by the package each comes in; `wanted`: those it does without where they cannot be
 * installed.
 */
const commands = {
  up: { build: true, steps: [[...GATEWAY_FLAGS, 'dist/apps/standalone/src/main.js']] },
  gateway: { build: true, steps: [[...GATEWAY_FLAGS, 'dist/apps/gateway/src/main.js']] },
  control: { build: true, steps: [['dist/apps/control/src/main.js']] },
  observe: { wanted: FOR_WATCHING, steps: [['scripts/observe/main.ts']] },
  scaler: { build: true, steps: [['dist/apps/scaler/src/main.js']] },
  sim: { build: true, steps: [['dist/apps/vllm-sim/src/main.js']] },
  build: { build: true, steps: [] },
  docs: { steps: [['scripts/write-docs.mjs']] },
  'deploy:render': { steps: [['scripts/render-deploy.mjs']] },
  format: { steps: [['node_modules/@biomejs/biome/bin/biome', 'check', '--write', '.']] },
  check: {
    build: true,
    servers: true,
    steps: [...LOOKS, [...MODULES, ...JEST, '--selectProjects', 'unit']],
  },
  test: {
    build: true,
    servers: true,
    steps: [...LOOKS, [...MODULES, ...JEST]],
  },
  'test:cluster': { build: true, servers: true, steps: [['test/cluster/main.ts']] },
  rehearsal: {
    build: true,
    serversWith: '--cluster',
    wanted: FOR_WATCHING,
    steps: [['test/rehearsal/main.ts']],
  },
  pictures: { build: true, packages: FOR_PICTURES, steps: [['scripts/pictures/main.ts']] },
  bench: { build: true, steps: [['test/bench/main.ts']] },
  'bench:placement': { steps: [['test/bench/placement/main.ts']] },
  'image:prove': { steps: [['scripts/image/prove.mjs']] },
  'test:vllm': { build: true, steps: [['test/vllm/main.ts']] },
};

const [name = '', ...rest] = process.argv.slice(2);
const command = commands[name];
if (!command) fail(`unknown command '${name}'; use one of: ${Object.keys(commands).join(', ')}`);
if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`Node ${process.versions.node} is too old to start: install Node 20 or newer`);
}
const node = await install();
if (command.servers || rest.includes(command.serversWith)) await programs(missingPackages());
if (command.packages) await programs(missingPackages(command.packages));
if (command.wanted && !rest.includes(command.serversWith)) await wanted(missingPackages(command.wanted));
if (command.build) await build(node);
for (const [index, step] of command.steps.entries()) {
  const last = index === command.steps.length - 1;
  const code = await run(node, last ? [...step, ...rest] : step);
  if (code !== 0) process.exit(code);
}

/**
 * npm ci, only when the lockfile differs from the one that was installed last; gives the pinned Node. The stamp has a
 * line for each of the two steps, so that whoever has to install a library need not install the packages once more.
 */
async function install() {
  const stamp = join(root, 'node_modules', '.ropeway-lock');
  const lock = createHash('sha256')
    .update(readFileSync('package-lock.json'))
    .update(process.platform + process.arch)
    .digest('hex');
  const stamped = existsSync(stamp) ? readFileSync(stamp, 'utf8').split('\n') : [];
  if (stamped[0] !== lock) {
    await installModules();
    writeFileSync(stamp, lock);
  }
  const node = pinnedNode();
  if (node === null) fail(`there is no pinned Node for ${process.platform}-${process.arch}`);
  if (stamped[0] === lock && stamped[1] === STARTS) return node;
  await makeStart(node);
  writeFileSync(stamp, `${lock}\n${STARTS}`);
  return node;
}

async function installModules() {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  if (spawnSync(npm, ['--version'], { shell: process.platform === 'win32' }).status !== 0)
    fail('npm is missing: install Node 20 or newer with npm');
  const code = await withProgress('installing packages (first start, or the lockfile changed)', npm, [
    'ci',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  if (code !== 0) fail('npm ci failed; its output is above. Is the registry reachable? (npm ping)');
}

/** Installs the library that the pinned Node lacks here, where we may, or says which. */
async function makeStart(node) {
  const problem = startProblem(node);
  if (problem === null) return;
  if (problem.packages.length === 0 || !mayInstall()) fail(startAdvice(problem));
  await programs(problem.packages);
  const left = startProblem(node);
  if (left !== null) fail(`the pinned Node does not start: ${left.said}`);
}

/** Packages of Debian: servers for the tests, a browser for the pictures, a library for Node. */
async function programs(missing) {
  if (missing.length === 0) return;
  const command = `apt-get install ${missing.join(' ')}`;
  if (!mayInstall()) fail(`programs are missing that '${name}' needs; as root: ${command}`);
  const code = await installPackages(missing, withProgress);
  if (code !== 0)
    fail(`${command} failed; its output is above. Are Debian's mirrors reachable? (apt-get update)`);
}

/** Without them it does less, and says so itself: no reason to end where nothing can be installed. */
async function wanted(missing) {
  if (missing.length === 0 || !mayInstall()) return;
  const code = await installPackages(missing, withProgress);
  if (code !== 0) process.stderr.write(`ropeway: going on without ${missing.join(' and ')}\n`);
}

/** A few hundred milliseconds; compiles only what is newer than its output. */
async function build(node) {
  const code = await run(node, ['scripts/build.mjs']);
  if (code !== 0) fail('the build failed; its output is above');
}

/** Runs to the end, passing signals on, and gives the exit code. */
function run(file, args, stdio = 'inherit') {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio });
    const pass = (signal) => child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, pass);
    child.on('error', (error) => fail(`cannot start ${file}: ${error.message}`));
    child.on('exit', (code, signal) => {
      for (const each of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(each, pass);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/** Shows that something goes on while a quiet command runs: one line, rewritten on a terminal. */
async function withProgress(title, file, args) {
  const started = Date.now();
  const say = () => `${title}: ${Math.round((Date.now() - started) / 1000)} s`;
  const live = process.stderr.isTTY;
  process.stderr.write(live ? say() : `${title}\n`);
  const timer = setInterval(
    () => process.stderr.write(live ? `\r${say()}` : `  ${say()}\n`),
    live ? 1000 : 15_000,
  );
  try {
    // What npm and apt-get print is progress, too: standard output may be read as JSON.
    return await run(file, args, ['inherit', process.stderr, 'inherit']);
  } finally {
    clearInterval(timer);
    process.stderr.write(live ? `\r${say()}, done\n` : `  ${say()}, done\n`);
  }
}

function fail(message) {
  process.stderr.write(`ropeway: ${message}\n`);
  process.exit(1);
}
