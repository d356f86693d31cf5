export { pepperFlaw } from './check-pepper.ts';
export type { ConfigChange } from './compare-configs.ts';
export { ConfigError, type ConfigProblem, problemLine } from './config-problem.ts';
export { configurationTable } from './configuration-table.ts';
export { type ConfigSource, loadConfig } from './load-config.ts';
export type { Environment } from './overlay-environment.ts';
export { redact } from './redact.ts';
export type * from './ropeway-config.ts';
export { type ConfigListener, type ConfigWatch, type WatchOptions, watchConfig } from './watch-config.ts';
