export { ConfigError, type ConfigProblem, problemLine } from './config-problem.ts';
export { type ConfigSource, loadConfig } from './load-config.ts';
export type { Environment } from './overlay-environment.ts';
export type * from './ropeway-config.ts';
