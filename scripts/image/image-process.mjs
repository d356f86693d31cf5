// A program of the image as Kubernetes would run it under PodSecurity `restricted`: by runc, on the image's own files and
// variables, with a read-only root, as a user that is not root, without capabilities or a way to gain any. Not so: it shares
// the network of this machine, so that it can be asked on loopback.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program that neither answers nor ends by then is broken; the slowest takes some ten seconds. */
const PATIENCE_MS = 120_000;
const LOOK_AGAIN_MS = 100;
/** runc's notes of what runs. */
const STATE = join(tmpdir(), 'ropeway-runc');

export class ImageProcess {
  output = '';
  #id = `ropeway-${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
  #bundle = mkdtempSync(join(tmpdir(), 'ropeway-bundle-'));
  #child;
  #ended;

  /**
   * `image`: { root, config }. `args`: after the entrypoint; or `command`: in its place. `mounts`: folder of this machine by
   * place in the container, `writable` ones apart. `user`: another than the image's.
   */
  constructor(image, { args = [], command, env = {}, mounts = {}, writable = {}, user }) {
    const words = command ?? [...image.config.Entrypoint, ...args];
    const spec = specOf(image, { words, env, mounts, writable, user: user ?? userOf(image.config.User) });
    writeFileSync(join(this.#bundle, 'config.json'), JSON.stringify(spec));
    this.#child = spawn('runc', ['--root', STATE, 'run', '--bundle', this.#bundle, this.#id], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        this.output += text;
      });
    this.#ended = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => {
        rmSync(this.#bundle, { recursive: true });
        resolve(code);
      });
    });
  }

  /** Resolves with its exit code; kills what does not end. */
  async ended() {
    const timer = setTimeout(() => this.#destroy(), PATIENCE_MS);
    const code = await this.#ended;
    clearTimeout(timer);
    return code;
  }

  /** The answer of an address, once it is as wanted. Throws when it ends, or nothing comes of it. */
  async answers(url, init = {}, isWanted = (response) => response.ok) {
    for (const untilMs = Date.now() + PATIENCE_MS; Date.now() < untilMs; ) {
      if (this.#child.exitCode !== null)
        throw new Error(`it ended with ${this.#child.exitCode}:\n${this.output}`);
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) }).catch(
        () => null,
      );
      const text = await response?.text();
      if (response !== null && isWanted(response)) return text;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
    throw new Error(`${url} did not answer as wanted:\n${this.output}`);
  }

  /** As kubelet asks a container to end. */
  terminate() {
    this.#child.kill('SIGTERM');
    return this.ended();
  }

  /** For whatever still runs at the end; nothing where it has ended. */
  async kill() {
    if (this.#child.exitCode === null) this.#destroy();
    await this.#ended;
  }

  /** Whoever only killed runc would leave what it started. */
  #destroy() {
    spawnSync('runc', ['--root', STATE, 'delete', '--force', this.#id]);
  }
}

function userOf(text) {
  const [, uid, gid = uid] = /^(\d+)(?::(\d+))?$/.exec(text) ?? [];
  if (uid === undefined) throw new Error(`the image's user ${text} is no number`);
  return { uid: Number(uid), gid: Number(gid) };
}

function specOf({ root, config }, { words, env, mounts, writable, user }) {
  const bind =
    (options) =>
    ([destination, source]) => ({
      destination,
      source,
      type: 'bind',
      options: ['bind', 'nosuid', 'nodev', ...options],
    });
  return {
    ociVersion: '1.0.2',
    root: { path: root, readonly: true },
    process: {
      user,
      args: words,
      cwd: config.WorkingDir,
      env: [...config.Env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)],
      noNewPrivileges: true,
      capabilities: { bounding: [], effective: [], inheritable: [], permitted: [], ambient: [] },
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=65536k'] },
      {
        destination: '/tmp',
        type: 'tmpfs',
        source: 'tmpfs',
        options: ['nosuid', 'noexec', 'nodev', 'mode=1777', 'size=65536k'],
      },
      ...Object.entries(mounts).map(bind(['ro'])),
      ...Object.entries(writable).map(bind(['rw', 'noexec'])),
    ],
    linux: { namespaces: ['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type })) },
  };
}
