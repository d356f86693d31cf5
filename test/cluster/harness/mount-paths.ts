// Nothing is mounted here, so wherever a path inside the container stands in a command, a variable or a file, the path on
// this machine is put. And "any address" is the pod's own, since all pods share the machine.

const BEFORE = '(?<![\\w./-])';
const AFTER = '(?![\\w.-])';

export class MountPaths {
  readonly #paths: ReadonlyMap<string, string>;
  readonly #pattern: RegExp;

  /** `mounts`: path in the container -> path here. */
  constructor(mounts: ReadonlyMap<string, string>, address: string) {
    this.#paths = new Map([...mounts, ['0.0.0.0', address]]);
    const longestFirst = [...this.#paths.keys()].sort((one, two) => two.length - one.length);
    this.#pattern = new RegExp(`${BEFORE}(?:${longestFirst.map(quoted).join('|')})${AFTER}`, 'g');
  }

  localise(text: string): string {
    return text.replace(this.#pattern, (found) => this.#paths.get(found) ?? found);
  }
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
