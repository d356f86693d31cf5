import { resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { explainStartError } from './explain-start-error.ts';

it.each([
  [
    { code: 'EADDRINUSE', port: 8080, address: '127.0.0.1' },
    /port 8080 on 127\.0\.0\.1 .*ROPEWAY_SERVER_PORT/,
  ],
  [{ code: 'EACCES', port: 80 }, /port 80 .*above 1023/],
  [{ code: 'EADDRNOTAVAIL', address: '10.9.8.7' }, /10\.9\.8\.7 is not an address of this machine/],
  [{}, /^ropeway: boom$/],
])('explains %j in one line that names the fix', (details, line) => {
  const text = explainStartError(Object.assign(new Error('boom'), details));
  expect(text).toMatch(line);
  expect(text).not.toContain('\n');
});

it.each([
  Object.assign(new Error("EMFILE: too many open files, open 'keys.json'"), {
    code: 'EMFILE',
    path: 'keys.json',
  }),
  new Error('The thread of the outbox ended: Worker initialization failure: EMFILE'),
])('says which limit to raise where no file can be opened any more', (error) => {
  expect(explainStartError(error)).toMatch(/^ropeway: .*EMFILE.*raise its limit.*ulimit -n.*LimitNOFILE/);
});

it('shows no stack, whatever was thrown', () => {
  expect(explainStartError(new TypeError('boom'))).toBe('ropeway: boom');
  expect(explainStartError('boom')).toBe('ropeway: boom');
  expect(explainStartError(undefined)).toBe('ropeway: undefined');
});

it('says why a start failed, not what did not close after it', () => {
  const [why, then, at] = [new Error('why'), new Error('then'), new Error('at last')];
  const failed = new SuppressedError(at, new SuppressedError(then, why));
  expect(explainStartError(failed)).toBe('ropeway: why');
});

it('takes a file that may not be read for no port', () => {
  const error = Object.assign(new Error("EACCES: permission denied, open 'x'"), { code: 'EACCES' });
  expect(explainStartError(error)).toBe("ropeway: EACCES: permission denied, open 'x'");
});

it.each([
  [{ name: 'ErrnoError', errno: 51 }, 'ropeway: {"name":"ErrnoError","errno":51}'],
  [{ message: 'two\nlines' }, 'ropeway: two lines'],
  [Object.create(null), 'ropeway: {}'],
])('says what it can of a thrown %j that is no Error', (thrown, line) => {
  expect(explainStartError(thrown)).toBe(line);
});

it('bounds what a thrown object shows, and does without it where it has no text', () => {
  expect(explainStartError({ text: 'x'.repeat(10_000) }).length).toBeLessThan(400);
  const ring: { self?: unknown } = {};
  ring.self = ring;
  expect(explainStartError(ring)).toBe('ropeway: it did not say why');
});

const place = { folder: '/s', option: '--state' };

it.each([
  ['EACCES', 'mkdir', '/s', 'this user has no right to it'],
  ['EACCES', 'open', '/s/pepper', 'this user has no right to it'],
  ['EPERM', 'chmod', '/s/pepper', 'this user has no right to it'],
  ['EEXIST', 'mkdir', '/s', 'a file lies where a folder belongs'],
  ['ENOTDIR', 'mkdir', '/s', 'a file lies where a folder belongs'],
  ['EROFS', 'mkdir', '/s', 'its file system is read-only'],
  ['ENOSPC', 'write', undefined, 'its disk is full'],
  ['ENOENT', 'mkdir', '/s', 'no folder can be made there'],
])('names the folder, the fix and --state for %s of %s', (code, syscall, path, reason) => {
  const error = Object.assign(new Error(`${code}: raw`), { code, syscall, ...(path && { path }) });
  const line = explainStartError(error, place);
  expect(line).toMatch(
    /^ropeway: the state folder \/s cannot be used.*, or choose another folder with --state$/,
  );
  expect(line).toContain(reason);
  if (path) expect(line).toContain(path);
});

it.each([
  ['unable to open database file', 'a database file in it may not be opened'],
  ['The outbox /s/o.db: database or disk is full', 'its disk is full'],
  ['could not extend file "base/5/1": No space left on device', 'its disk is full'],
])('knows what SQLite and PostgreSQL mean by %j, also as a cause', (message, reason) => {
  for (const error of [new Error(message), new Error('outer', { cause: new Error(message) })])
    expect(explainStartError(error, place)).toContain(`: ${reason}; `);
});

it('names the file and the fix where no option says where the state is', () => {
  const error = Object.assign(new Error('raw'), { code: 'EACCES', syscall: 'mkdir', path: '/var/o' });
  expect(explainStartError(error)).toBe(
    'ropeway: /var/o cannot be used: this user has no right to it; give it to this user, or name another place',
  );
});

it.each([
  ['EACCES', 'open', '/etc/tls/ca.pem', 'this user has no right to it'],
  ['EROFS', 'mkdir', '/var/outbox', 'its file system is read-only'],
  ['ENOSPC', 'open', '/var/log/ropeway.log', 'its disk is full'],
  // A neighbour whose name begins alike lies outside.
  ['EACCES', 'open', '/state/pepper', 'this user has no right to it'],
  ['EACCES', 'open', '/s/../t/pepper', 'this user has no right to it'],
])('blames the file itself, not the state folder, for %s of %s %s', (code, syscall, path, reason) => {
  const line = explainStartError(Object.assign(new Error(`${code}: raw`), { code, syscall, path }), place);
  expect(line).toContain(`ropeway: ${path} cannot be used: ${reason}; `);
  expect(line).not.toContain('--state');
});

it.each(['/s/../s/pepper', './s/pepper', '/s/..pepper'])('finds %s in the state folder', (path) => {
  const folder = path.startsWith('.') ? resolve('s') : '/s';
  const error = Object.assign(new Error('raw'), { code: 'EACCES', syscall: 'open', path });
  expect(explainStartError(error, { ...place, folder })).toContain(
    `the state folder ${folder} cannot be used`,
  );
});

it("takes the folder above the state folder, which it could not be made in, for the state folder's trouble", () => {
  const error = Object.assign(new Error('raw'), { code: 'EACCES', syscall: 'mkdir', path: '/a' });
  const line = explainStartError(error, { ...place, folder: '/a/b/s' });
  expect(line).toContain('the state folder /a/b/s cannot be used at /a: this user has no right to it');
});

it('names the outbox of a sentence of SQLite that lies elsewhere', () => {
  const said =
    "The outbox /var/o/outbox-0.db can't be used: unable to open database file. Has this user the right to it?";
  expect(explainStartError(new Error(said), place)).toBe(`ropeway: ${said}`);
});

it('leaves a sentence of the outbox thread as it is where it names a file elsewhere', () => {
  const said = "ENOSPC: no space left on device, mkdir '/var/o'";
  expect(explainStartError(new Error(said), place)).toBe(`ropeway: ${said}`);
  const inside = new Error("ENOSPC: no space left on device, mkdir '/s/outbox'");
  expect(explainStartError(inside, place)).toContain(
    'the state folder /s cannot be used at /s/outbox: its disk is full',
  );
});

it('leaves errors that have nothing to do with files as they are, wherever the state is', () => {
  expect(explainStartError(new Error('boom'), place)).toBe('ropeway: boom');
});
