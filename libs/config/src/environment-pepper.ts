// The pepper of the environment alone, for making keys away from any configuration file.
import { ConfigError } from './config-problem.ts';
import type { Environment } from './overlay-environment.ts';
import { SecretReader } from './read-secrets.ts';
import { type ReadText, readText } from './read-text.ts';

interface PepperSource {
  readonly env?: Environment;
  readonly readFile?: ReadText;
}

/** From ROPEWAY_PEPPER_FILE or ROPEWAY_PEPPER; null when neither is set. Throws ConfigError on one that is bad. */
export function environmentPepper({
  env = process.env,
  readFile = readText,
}: PepperSource = {}): string | null {
  const isSet = [env.ROPEWAY_PEPPER, env.ROPEWAY_PEPPER_FILE].some((value) => (value ?? '') !== '');
  if (!isSet) return null;
  const secrets = new SecretReader(env, process.cwd(), readFile);
  const pepper = secrets.peppers({ peppers: [] }, false).get(1);
  if (secrets.problems.length > 0) throw new ConfigError('The environment', secrets.problems);
  return pepper ?? null;
}
