// What lies in the image: nothing to break out with, nothing of another platform, and all of it known to the lockfile.
import { existsSync, globSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SHELLS = ['bin/sh', 'bin/bash', 'bin/dash', 'busybox/sh', 'usr/bin/env', 'usr/bin/apt-get'];
const SET_ID = 0o6000;
const OTHERS_WRITE = 0o002;
const STICKY = 0o1000;

/** Sentences about what is wrong; none when all is well. */
export function fileProblems(root) {
  const app = join(root, 'app');
  return [
    ...SHELLS.filter((path) => existsSync(join(root, path))).map((path) => `/${path} is there`),
    ...filesBelow(root).flatMap((file) => modeProblems(file, file.slice(root.length))),
    ...unknownPackages(app).map((path) => `${path} is not in package-lock.json`),
    ...['package.json', 'package-lock.json', 'LICENSE']
      .filter((name) => !existsSync(join(app, name)))
      .map((name) => `/app/${name} is missing`),
  ];
}

/** Megabytes by part. */
export function sizes(root) {
  const whole = bytes(filesBelow(root));
  const node = bytes(
    globSync('app/node_modules/node-*/bin/node', { cwd: root }).map((file) => join(root, file)),
  );
  const modules = bytes(filesBelow(join(root, 'app', 'node_modules'))) - node;
  const dist = bytes(filesBelow(join(root, 'app', 'dist')));
  const parts = { whole, node, modules, dist, base: whole - node - modules - dist };
  return Object.fromEntries(Object.entries(parts).map(([name, size]) => [name, Math.round(size / 1e6)]));
}

function modeProblems(file, path) {
  const { mode } = lstatSync(file);
  const isOpen = (mode & OTHERS_WRITE) !== 0 && (mode & STICKY) === 0;
  return [
    ...((mode & SET_ID) !== 0 ? [`${path} runs as its owner (mode ${(mode & 0o7777).toString(8)})`] : []),
    ...(isOpen ? [`${path} may be written by anybody`] : []),
  ];
}

function unknownPackages(app) {
  const { packages } = JSON.parse(readFileSync(join(app, 'package-lock.json'), 'utf8'));
  return globSync('node_modules/**/package.json', { cwd: app })
    .map((file) => file.slice(0, -'/package.json'.length))
    .filter((path) => /(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/.test(path))
    .filter((path) => packages[path] === undefined);
}

/** Without links. */
function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

/** A file of several names (time zones have them) takes its place once. */
function bytes(files) {
  const byInode = new Map(files.map((file) => lstatSync(file)).map(({ ino, size }) => [ino, size]));
  return byInode.values().reduce((sum, size) => sum + size, 0);
}
