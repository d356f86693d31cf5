// Loads configurations from memory: what the specs of this lib share.
import { stringify } from 'yaml';
import { ConfigError, problemLine } from '../src/config-problem.ts';
import { loadConfig } from '../src/load-config.ts';
import type { RopewayConfig } from '../src/ropeway-config.ts';

export const PEPPER = '6d0c2b94f1a87e35c04b92d8e7615fa3b8d1';
export const MODEL = { id: 'qwq-32b', profile: 'qwq', aliases: ['QwQ-32B'] };
export const POOL = {
  name: 'default',
  model: 'qwq-32b',
  rope: { type: 'default' },
  windowTokens: 40_960,
  workers: ['http://10.0.0.1:8000'],
};
export const KEY = { id: 'Xq3LfT0bZ7Rw', digest: 'ab'.repeat(32), tenant: 'acme' };

interface Files {
  readonly [path: string]: string;
}

export function load(text: string, env: Record<string, string> = {}, files: Files = {}): RopewayConfig {
  const all: Files = { '/etc/ropeway/ropeway.yaml': text, ...files };
  return loadConfig({
    file: '/etc/ropeway/ropeway.yaml',
    env: { ROPEWAY_PEPPER: PEPPER, ...env },
    readFile: (path) => {
      const found = all[path];
      if (found === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return found;
    },
  });
}

export function loadTree(
  changes: object = {},
  env: Record<string, string> = {},
  files: Files = {},
): RopewayConfig {
  return load(stringify({ models: [MODEL], pools: [POOL], keys: [KEY], ...changes }), env, files);
}

/** The problems of a configuration that must not load, a line each. */
export function problemsOf(attempt: () => RopewayConfig): string[] {
  try {
    attempt();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(problemLine);
    throw error;
  }
  throw new TypeError('the configuration loaded');
}

export const treeProblems = (changes: object, env: Record<string, string> = {}) =>
  problemsOf(() => loadTree(changes, env));
