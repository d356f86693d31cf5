// Images of this machine, by buildah: no daemon, no registry, a store of our own in the user's cache.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../kube-tools.mjs';
import { output } from './commands.mjs';

/** chroot: the build's steps need no namespaces of this machine. */
const ISOLATION = 'chroot';

export class LocalImages {
  #store = [];

  constructor(folder = cacheFolder('images')) {
    mkdirSync(folder, { recursive: true });
    this.#store = ['--root', join(folder, 'store'), '--runroot', join(folder, 'run')];
  }

  has(name) {
    return this.#buildah('images', '--format', '{{.Name}}:{{.Tag}}').split('\n').includes(name);
  }

  /** Of a folder that becomes its root. */
  make(name, folder, variables) {
    const container = this.#buildah('from', 'scratch');
    try {
      this.#buildah('copy', '--quiet', container, folder, '/');
      for (const [key, value] of Object.entries(variables))
        this.#buildah('config', '--env', `${key}=${value}`, container);
      this.#buildah('commit', '--quiet', container, name);
    } finally {
      this.#buildah('rm', container);
    }
  }

  /** The Dockerfile of `folder`, its steps shown as they go. `mounts`: `host:container:ro`, for its RUNs alone. */
  build(name, folder, { buildArguments, mounts }) {
    const args = [
      ...['build', '--isolation', ISOLATION, '--pull-never', '--layers', '--tag', name],
      ...Object.entries(buildArguments).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]),
      ...mounts.flatMap((mount) => ['--volume', mount]),
      folder,
    ];
    output('buildah', [...this.#store, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  }

  /** Its configuration as OCI writes it: Env, Entrypoint, User, Labels … */
  configuration(name) {
    return JSON.parse(this.#buildah('inspect', '--type', 'image', name)).OCIv1.config;
  }

  /** Where its files lie, until `remove` is called with the container. */
  mount(name) {
    const container = this.#buildah('from', '--pull-never', name);
    return { container, root: this.#buildah('mount', container) };
  }

  remove(container) {
    this.#buildah('rm', container);
  }

  /** What builds left, those that were ended halfway as well; the store would grow by a gigabyte each time. One proof at a time. */
  prune() {
    this.#buildah('rm', '--all');
    this.#buildah('rmi', '--prune');
  }

  #buildah(...args) {
    return output('buildah', [...this.#store, ...args]);
  }
}
