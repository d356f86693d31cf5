// Which database? The one the configuration names, or the one of a variable: a job that only migrates has no configuration.
import { ConfigError, type Environment, loadConfig } from '#config';
import type { DatabaseOptions } from '#database';
import { readTextFile } from '../read-text-file.ts';
import { CommandFailed, WrongUsage } from '../terminal.ts';

export interface DatabaseChoice {
  readonly config?: string;
  /** Name of a variable. */
  readonly databaseUrlEnv?: string;
}

const DEFAULT_VARIABLE = 'ROPEWAY_DATABASE_URL';
/** One works and one asks; the rest is as a gateway has it by default. */
const POSTGRES = { maxConnections: 2, connectTimeoutMs: 5_000, statementTimeoutMs: 10_000 };

export function databaseToMigrate(choice: DatabaseChoice, env: Environment): DatabaseOptions {
  const { config: file, databaseUrlEnv } = choice;
  if (databaseUrlEnv !== undefined) {
    const url = env[databaseUrlEnv] ?? '';
    if (url === '') throw new WrongUsage(`the environment variable ${databaseUrlEnv} is not set`);
    return postgres(url, databaseUrlEnv);
  }
  if (file !== undefined) return fromConfiguration(file, env);
  const url = env[DEFAULT_VARIABLE] || secretFile(env.ROPEWAY_DATABASE_URL_FILE);
  if (url) return postgres(url, DEFAULT_VARIABLE);
  throw new WrongUsage(
    `no database: set ${DEFAULT_VARIABLE} (or ROPEWAY_DATABASE_URL_FILE), or name a configuration with --config`,
  );
}

/** For people: without user and password. */
export function databaseName(options: DatabaseOptions): string {
  if (options.kind === 'embedded') return `the embedded database ${options.folder}`;
  const url = URL.parse(options.url);
  return url === null ? 'PostgreSQL' : `PostgreSQL ${url.host}${url.pathname}`;
}

function fromConfiguration(file: string, env: Environment): DatabaseOptions {
  try {
    const { database } = loadConfig({ file, env });
    if (database !== null) return database;
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandFailed(error.message);
    throw error;
  }
  throw new CommandFailed(`${file} names no database: add a database: section (docs/configuration.md)`);
}

function postgres(url: string, variable: string): DatabaseOptions {
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new CommandFailed(
      `${variable} must begin with postgres://, as in postgres://user:password@host:5432/ropeway`,
    );
  return { kind: 'postgres', url, ...POSTGRES };
}

function secretFile(file: string | undefined): string {
  return file === undefined || file === '' ? '' : readTextFile(file).trim();
}
