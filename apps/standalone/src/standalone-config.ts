// The configuration of the quickstart, as the YAML a user would write for workers of their own.
import { readFileSync } from 'node:fs';
import { loadConfig, type RopewayConfig } from '#config';
import { SIMULATED_POOLS } from './simulated-pools.ts';
import type { StateFolder } from './state-folder.ts';

/** ROPEWAY_* variables apply on top, as everywhere. Throws ConfigError. */
export function standaloneConfig(
  folder: StateFolder,
  urls: ReadonlyMap<string, readonly string[]>,
): RopewayConfig {
  const settings = {
    server: { host: '127.0.0.1' },
    log: { level: 'warn' },
    models: [{ id: 'qwq-32b', aliases: ['QwQ-32B', 'Qwen/QwQ-32B'], profile: 'qwq', servedName: 'QwQ-32B' }],
    pools: SIMULATED_POOLS.map(({ name, rope, windowTokens }) => ({
      name,
      model: 'qwq-32b',
      rope,
      windowTokens,
      workers: urls.get(name) ?? [],
    })),
    peppers: [{ version: 1, file: folder.pepperFile }],
    database: { embedded: folder.databaseFolder },
    ledger: { outbox: folder.outboxFolder },
    control: { adminKeyFile: folder.adminKeyFile },
  };
  const file = 'the quickstart';
  return loadConfig({
    file,
    // JSON is YAML.
    readFile: (path) => (path.endsWith(file) ? JSON.stringify(settings) : readText(path)),
  });
}

function readText(path: string): string {
  return readFileSync(path, 'utf8');
}
