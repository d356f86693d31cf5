// All checks, side by side; each has its own deadline, and none keeps another from being made.
import { existsSync } from 'node:fs';
import { ConfigError, loadConfig, type RopewayConfig } from '#config';
import { parseKeyToken } from '#tenancy';
import { type AdminOptions, DEFAULT_ADMIN_KEY_FILE } from '../admin/admin-access.ts';
import { counted } from '../output/words.ts';
import { readTextFile } from '../read-text-file.ts';
import type { Terminal } from '../terminal.ts';
import { checkAdminApi } from './check-admin-api.ts';
import { checkAdminKeyFile } from './check-admin-key-file.ts';
import { checkDatabase } from './check-database.ts';
import { checkPepper } from './check-pepper.ts';
import { checkRedis } from './check-redis.ts';
import { checkWorkers } from './check-workers.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { probePrompts } from './probe-prompts.ts';
import { readWorkerLog } from './read-worker-log.ts';
import { reasonText } from './reason-text.ts';

export interface DoctorOptions extends AdminOptions {
  /** Configuration file; the environment alone without it. */
  readonly config?: string;
  /** File of a key to try the pepper with. */
  readonly keyFile?: string;
  readonly workerLog?: string;
}

/** In a fixed order. */
export async function examine(options: DoctorOptions, terminal: Terminal): Promise<readonly Finding[]> {
  const loaded = load(options, terminal);
  const keyText = keyToTry(options, terminal);
  const aboutConfig = loaded.config === null ? [] : aboutConfiguration(loaded.config, keyText);
  const keyFile = options.adminKeyFile ?? loaded.config?.control.adminKeyFile ?? DEFAULT_ADMIN_KEY_FILE;
  const hasKey = Boolean(terminal.env.ROPEWAY_ADMIN_KEY);
  // Whoever has the key in the environment and names neither file nor configuration has no file: it is another machine's.
  const hasFile = loaded.config !== null || options.adminKeyFile !== undefined;
  const isElsewhere = hasKey && !hasFile;
  // Without a key it cannot be asked, and the check of the file has said so.
  const mayAsk = hasKey || existsSync(keyFile);
  const findings = await Promise.all([
    loaded.finding,
    ...aboutConfig,
    isElsewhere ? [] : checkAdminKeyFile(keyFile),
    mayAsk ? checkAdminApi(hasKey ? options : { ...options, adminKeyFile: keyFile }, terminal) : [],
    options.workerLog === undefined ? [] : readWorkerLog(readTextFile(options.workerLog)),
  ]);
  return findings.flat();
}

function aboutConfiguration(
  config: RopewayConfig,
  keyText: string | null,
): readonly Promise<readonly Finding[]>[] {
  const database = checkDatabase(
    config.database,
    keyText === null ? null : (parseKeyToken(keyText)?.id ?? null),
  );
  return [
    database.then(({ findings }) => findings),
    database.then(({ keys }) => checkPepper({ config, keyText, ...keys })),
    checkRedis(config.redis),
    aboutWorkers(config),
  ];
}

async function aboutWorkers(config: RopewayConfig): Promise<readonly Finding[]> {
  try {
    return await checkWorkers(config, config.workers.compareCounts ? await probePrompts(config) : []);
  } catch (error) {
    return [fail('tokenizer', reasonText(error), 'check the vocabulary of the model in the configuration')];
  }
}

function load(
  { config: file }: DoctorOptions,
  { env }: Terminal,
): { readonly config: RopewayConfig | null; readonly finding: Finding } {
  const check = 'configuration';
  if (file === undefined && !env.ROPEWAY_MODELS && !env.ROPEWAY_POOLS) {
    const fix =
      'name it with --config, as the gateway has it; database, Redis, pepper and workers were left out';
    return { config: null, finding: warn(check, 'none is named, in a file or in the environment', fix) };
  }
  const name = file ?? 'the environment';
  try {
    const config = loadConfig({ file: file ?? null, env });
    const workers = config.pools.reduce((sum, pool) => sum + pool.workers.length, 0);
    return {
      config,
      finding: ok(check, `${name}: ${counted(config.pools.length, 'pool')}, ${counted(workers, 'worker')}`),
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const fix =
      'mend the file (docs/configuration.md), or name another with --config; the checks that need it were left out';
    return { config: null, finding: fail(check, error.message, fix) };
  }
}

function keyToTry({ keyFile }: DoctorOptions, { env }: Terminal): string | null {
  if (keyFile !== undefined) return readTextFile(keyFile).trim();
  return env.ROPEWAY_API_KEY || null;
}
