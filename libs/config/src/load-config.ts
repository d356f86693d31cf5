// The configuration file and the environment, once, into a checked and frozen configuration, or into the list of all
// that is wrong with them.
import { dirname } from 'node:path';
import { checkTogether } from './check-together.ts';
import { ConfigError, type ConfigProblem } from './config-problem.ts';
import { draftSettings } from './draft.ts';
import { explainIssue } from './explain-issue.ts';
import {
  type Environment,
  inVariable,
  isTree,
  overlayEnvironment,
  type Tree,
} from './overlay-environment.ts';
import { SecretReader, UnreadSecrets } from './read-secrets.ts';
import { failureCode, type ReadText, readText } from './read-text.ts';
import { readYaml } from './read-yaml.ts';
import { resolveDraft } from './resolve-draft.ts';
import type { RopewayConfig } from './ropeway-config.ts';

export interface ConfigSource {
  /** The YAML file; null takes everything from the environment. */
  readonly file: string | null;
  readonly env?: Environment;
  /** Reads a whole text file or throws; the file system by default. */
  readonly readFile?: ReadText;
  /**
   * Reads no secret and asks for none: for a program that needs none, so that it can run on the gateways' file without
   * their Secrets. What would hold one is then empty.
   */
  readonly withoutSecrets?: boolean;
}

/** Throws ConfigError with every problem found. Reads files synchronously: called at boot and on reload only. */
export function loadConfig(from: ConfigSource): RopewayConfig {
  const { file, env = process.env, readFile = readText, withoutSecrets = false } = from;
  const source = file ?? 'The environment';
  const fromFile = file === null ? { tree: {}, problems: [] } : readTree(file, readFile);
  const { tree, problems, variables } = overlayEnvironment(fromFile.tree, env);
  const { draft, issues } = draftSettings(tree);
  const folder = file === null ? process.cwd() : dirname(file);
  const secrets = withoutSecrets ? new UnreadSecrets(folder) : new SecretReader(env, folder, readFile);
  const config = resolveDraft(draft, secrets);
  // A file that could not be read explains everything that seems to be missing.
  const own = [
    ...issues.flatMap(explainIssue),
    ...checkTogether(draft, !withoutSecrets),
    ...secrets.problems,
  ].map((problem) => inVariable(problem, variables));
  const found = [...fromFile.problems, ...problems, ...(fromFile.problems.length === 0 ? own : [])];
  if (found.length > 0) throw new ConfigError(source, found);
  return deepFreeze(config);
}

function readTree(file: string, readFile: ReadText): { tree: Tree; problems: readonly ConfigProblem[] } {
  let text: string;
  try {
    text = readFile(file);
  } catch (error) {
    return refusedTree(`cannot be read (${failureCode(error)})`, 'check the path and its rights');
  }
  const read = readYaml(text, '');
  if (!read.read) return { tree: {}, problems: read.problems };
  if (read.value === null) return { tree: {}, problems: [] };
  return isTree(read.value)
    ? { tree: withoutEmptySections(read.value), problems: [] }
    : refusedTree('must be a map of settings', 'see docs/configuration.md');
}

function refusedTree(wrong: string, fix: string): { tree: Tree; problems: readonly ConfigProblem[] } {
  return { tree: {}, problems: [{ path: '', wrong, fix }] };
}

/** `log:` with every line below it commented out is no value, not a wrong one. */
function withoutEmptySections(tree: Tree): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([, value]) => value !== null));
}

/** Frozen all the way down: nobody changes a setting in passing. Maps have no way to be frozen; theirs are typed read-only. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const child of Object.values(value)) deepFreeze(child);
  return Object.freeze(value);
}
