// Stand-ins for the two bases of the Dockerfile, made of Debian's packages, since there may be no registry to pull them from.
// For node:VERSION-SUITE-slim: Debian by debootstrap, the Node of the lockfile, the npm of this machine. For distroless cc: the very
// packages it is made of, unpacked, and nothing else; so what the image lacks there, it lacks here.
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findProgram } from '../find-program.mjs';
import { pinnedNode } from '../pinned-node.mjs';
import { output } from './commands.mjs';

export const BUILD_BASE = 'localhost/ropeway-stand-in-node';
export const RUN_BASE = 'localhost/ropeway-stand-in-distroless';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const CERTIFICATES = 'etc/ssl/certs/ca-certificates.crt';
/** distroless: base, and cc on top of it (its private/ and cc/ folders, Debian 13). */
const DISTROLESS_CC = [
  ...['base-files', 'netbase', 'tzdata', 'ca-certificates', 'media-types'],
  ...['libc6', 'libssl3t64', 'zlib1g', 'libzstd1', 'libgcc-s1', 'libgomp1', 'libstdc++6', 'gcc-14-base'],
];

/** Makes what is not there yet; a minute and a half, and 350 MB of disk meanwhile. */
export function makeStandIns(images, suite, say) {
  if (images.has(`${BUILD_BASE}:${suite}`) && images.has(`${RUN_BASE}:${suite}`)) return;
  const folder = mkdtempSync(join(tmpdir(), 'ropeway-image-'));
  try {
    const debian = join(folder, 'debian');
    say(`making stand-ins of the bases: Debian ${suite} by debootstrap`);
    output('debootstrap', ['--variant=minbase', suite, debian]);
    const bare = unpackedPackages(debian, join(folder, 'bare'));
    images.make(`${RUN_BASE}:${suite}`, bare, { PATH, SSL_CERT_FILE: `/${CERTIFICATES}` });
    addNode(debian);
    // What vouches for the registry to this machine has to vouch for it there, too.
    putFile(join(debian, CERTIFICATES), readFileSync(`/${CERTIFICATES}`));
    images.make(`${BUILD_BASE}:${suite}`, debian, { PATH, NODE_EXTRA_CA_CERTS: `/${CERTIFICATES}` });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function unpackedPackages(debian, to) {
  const inside = (...args) => output('chroot', [debian, ...args]);
  const packages = mkdtempSync(join(debian, 'tmp', 'packages-'));
  output('chroot', [
    debian,
    'sh',
    '-c',
    `cd ${packages.slice(debian.length)} && apt-get download ${DISTROLESS_CC.join(' ')}`,
  ]);
  mkdirSync(join(debian, 'bare'));
  for (const file of globSync('*.deb', { cwd: packages }))
    inside('dpkg-deb', '-x', `${packages.slice(debian.length)}/${file}`, '/bare');
  output('mv', [join(debian, 'bare'), to]);
  rmSync(packages, { recursive: true });
  // Their installation scripts did not run: this is what update-ca-certificates makes.
  const authorities = globSync('usr/share/ca-certificates/mozilla/*.crt', { cwd: to }).sort();
  putFile(join(to, CERTIFICATES), authorities.map((file) => readFileSync(join(to, file), 'utf8')).join(''));
  return to;
}

function addNode(debian) {
  const local = join(debian, 'usr', 'local');
  cpSync(pinnedNode(), join(local, 'bin', 'node'));
  const npm = join(dirname(realpathSync(findProgram('npm'))), '..');
  if (!existsSync(join(npm, 'bin', 'npm-cli.js')))
    throw new Error(`the npm of this machine is not in ${npm}`);
  cpSync(npm, join(local, 'lib', 'node_modules', 'npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(local, 'bin', 'npm'));
}

function putFile(file, content) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
