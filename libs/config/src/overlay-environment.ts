// Every setting by environment variable: ROPEWAY_ + its path. Lists are given whole, as YAML or JSON text.
import type { ConfigProblem } from './config-problem.ts';
import { editDistance } from './nearest-name.ts';
import { readYaml } from './read-yaml.ts';
import { type Setting, settings } from './settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
export type Tree = Readonly<Record<string, unknown>>;

interface Overlaid {
  readonly tree: Tree;
  readonly problems: readonly ConfigProblem[];
  /** Variable by the path it set. */
  readonly variables: ReadonlyMap<string, string>;
}

/** The file's tree with the environment's values over it. An empty variable counts as unset, as Helm leaves them. */
export function overlayEnvironment(tree: Tree, env: Environment): Overlaid {
  const problems: ConfigProblem[] = misspelt(env);
  const variables = new Map<string, string>();
  let overlaid = tree;
  for (const setting of settings) {
    const text = setting.env === null ? undefined : env[setting.env];
    if (setting.env === null || text === undefined || text === '') continue;
    if (isServiceLink(setting, text)) {
      problems.push({
        path: setting.env,
        wrong: 'was set by Kubernetes for a Service of that name, not by you',
        fix: 'set `enableServiceLinks: false` on the pod',
      });
      continue;
    }
    const read = setting.isText ? { read: true as const, value: text } : readYaml(text, setting.env);
    if (!read.read) problems.push(...read.problems);
    else {
      overlaid = withValue(overlaid, setting.path.split('.'), read.value);
      variables.set(setting.path, setting.env);
    }
  }
  return { tree: overlaid, problems, variables };
}

/** `pools[0].name` said as `ROPEWAY_POOLS[0].name` where the variable set it: that is where the mistake is. */
export function inVariable(problem: ConfigProblem, variables: Overlaid['variables']): ConfigProblem {
  for (const [path, variable] of variables) {
    const rest = problem.path.slice(path.length);
    if (problem.path.startsWith(path) && /^($|[.[])/.test(rest))
      return { ...problem, path: `${variable}${rest}` };
  }
  return problem;
}

function withValue(tree: Tree, [first = '', ...rest]: readonly string[], value: unknown): Tree {
  if (rest.length === 0) return { ...tree, [first]: value };
  const section = tree[first] ?? {};
  // A section that is no map is reported by the schema.
  return isTree(section) ? { ...tree, [first]: withValue(section, rest, value) } : tree;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A Service called `ropeway-server` makes Kubernetes set ROPEWAY_SERVER_PORT=tcp://10.0.0.1:8080 in every pod beside it. */
function isServiceLink(setting: Setting, text: string): boolean {
  return setting.name === 'port' && /^(tcp|udp|sctp):\/\//.test(text);
}

/** What callers and scripts keep in their shells: near a setting, and meant otherwise. */
const NOT_OURS = ['ROPEWAY_KEY', 'ROPEWAY_API_KEY', 'ROPEWAY_MODEL', 'ROPEWAY_POOL', 'ROPEWAY_URL'];

/** Variables of other makes may begin with ROPEWAY_ too, so only near misses are reported. */
function misspelt(env: Environment): ConfigProblem[] {
  const known = settings.flatMap((setting) => setting.env ?? []);
  const reserved = [...known, 'ROPEWAY_PEPPER', 'ROPEWAY_PEPPER_FILE'];
  return Object.keys(env)
    .filter((name) => name.startsWith('ROPEWAY_') && !reserved.includes(name) && !NOT_OURS.includes(name))
    .flatMap((name) => {
      const meant = reserved.find((candidate) => editDistance(name, candidate) <= 2);
      if (meant === undefined || (env[name] ?? '') === '') return [];
      return { path: name, wrong: 'is not a setting', fix: `did you mean ${meant}?` };
    });
}
