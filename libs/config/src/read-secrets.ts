// Secrets are not in the configuration file but beside it: in files (a mounted Secret) or environment variables.
import { isAbsolute, resolve } from 'node:path';
import { pepperFlaw } from './check-pepper.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { Draft } from './draft.ts';
import type { Environment } from './overlay-environment.ts';
import { failureCode, type ReadText } from './read-text.ts';
import { looksLikePath } from './shown-text.ts';

/** Reads what a configuration points to, and remembers every problem on the way. */
export class SecretReader {
  readonly problems: ConfigProblem[] = [];
  readonly #env: Environment;
  readonly #folder: string;
  readonly #readText: ReadText;

  /** Relative paths count from `folder`, where the configuration file is. */
  constructor(env: Environment, folder: string, readText: ReadText) {
    this.#env = env;
    this.#folder = folder;
    this.#readText = readText;
  }

  absolute(path: string): string {
    return isAbsolute(path) ? path : resolve(this.#folder, path);
  }

  /** The text of a file, or '' with a problem at `path`. */
  file(name: string, path: string): string {
    try {
      return this.#readText(this.absolute(name));
    } catch (error) {
      this.problems.push({ path, ...this.#unreadable(name, failureCode(error)) });
      return '';
    }
  }

  /** A secret of one line: the newline editors and `kubectl` leave at the end is not part of it. */
  secretFile(name: string, path: string): string {
    const before = this.problems.length;
    const secret = this.file(name, path).replace(/\r?\n$/, '');
    if (secret === '' && this.problems.length === before) {
      this.problems.push({ path, wrong: `${this.#shown(name)} is empty`, fix: 'put the secret into it' });
    }
    return secret;
  }

  /** A name is not repeated: a secret put where it belongs looks like one. */
  variable(name: string, path: string): string {
    const value = this.#env[name] ?? '';
    if (value === '') {
      this.problems.push({
        path,
        wrong: 'the environment variable named here is not set',
        fix: 'set it to the secret',
      });
    }
    return value;
  }

  /** Peppers by version; without a list, version 1 of ROPEWAY_PEPPER or ROPEWAY_PEPPER_FILE. Each is judged. */
  peppers({ peppers }: Pick<Draft, 'peppers'>, isNeeded: boolean): ReadonlyMap<number, string> {
    const found = new Map<number, string>();
    for (const { path, value } of peppers) {
      const { version, env, file } = value;
      if (env !== undefined) this.#keep(found, version, env, this.variable(env, path));
      else if (file !== undefined) this.#keep(found, version, path, this.secretFile(file, path));
    }
    if (peppers.length > 0) return found;
    const file = this.#env.ROPEWAY_PEPPER_FILE ?? '';
    if (file !== '')
      this.#keep(found, 1, 'ROPEWAY_PEPPER_FILE', this.secretFile(file, 'ROPEWAY_PEPPER_FILE'));
    else if (this.#env.ROPEWAY_PEPPER !== undefined || isNeeded) {
      const pepper = this.#env.ROPEWAY_PEPPER ?? '';
      this.#keep(found, 1, 'ROPEWAY_PEPPER', pepper);
      if (pepper === '')
        this.problems.push({ path: 'ROPEWAY_PEPPER', wrong: 'the pepper is empty', fix: PEPPER_FIX });
    }
    return found;
  }

  #unreadable(name: string, code: string): Omit<ConfigProblem, 'path'> {
    if (!looksLikePath(name) && NO_FILE.includes(code))
      return { wrong: 'the value is not a path of a file', fix: 'name the file that holds it, as in ./name' };
    return { wrong: `cannot read ${this.#shown(name)} (${code})`, fix: 'check the path and its rights' };
  }

  #shown(name: string): string {
    return looksLikePath(name) ? this.absolute(name) : 'the file named here';
  }

  #keep(found: Map<number, string>, version: number, path: string, pepper: string): void {
    found.set(version, pepper);
    const flaw = pepper === '' ? null : pepperFlaw(pepper);
    if (flaw !== null) this.problems.push({ path, wrong: `the pepper ${flaw}`, fix: PEPPER_FIX });
  }
}

/** For programs that need no secret: nothing is read, nothing is missed. */
export class UnreadSecrets extends SecretReader {
  constructor(folder: string) {
    super({}, folder, () => '');
  }

  override secretFile(): string {
    return '';
  }

  override variable(): string {
    return '';
  }

  override peppers(): ReadonlyMap<number, string> {
    return new Map();
  }
}

/** What a text that is no path fails with. */
const NO_FILE = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'];
const PEPPER_FIX = 'make one with `ropeway key new --new-pepper`, and the keys anew with it';
