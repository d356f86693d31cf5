// Where the admin API is and which key opens it: options first, then the environment, then what a first start leaves behind.
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { whyNot } from '../read-text-file.ts';
import { CommandFailed, type Terminal, WrongUsage } from '../terminal.ts';
import { adminKeyText } from './admin-key-text.ts';

export interface AdminAccess {
  /** Without a slash at the end. */
  readonly url: string;
  /** Secret. */
  readonly key: string;
  /** Where the key came from, for messages. */
  readonly keySource: string;
}

export interface AdminOptions {
  readonly adminUrl?: string;
  readonly adminKeyFile?: string;
  readonly json?: boolean;
}

const DEFAULT_ADMIN_URL = 'http://127.0.0.1:8081';
export const DEFAULT_ADMIN_KEY_FILE = '.ropeway/admin-key';

/** The options of every command that asks the admin API. */
export function addAdminOptions(command: Command): Command {
  return command
    .option('--admin-url <url>', `the admin API; or ROPEWAY_ADMIN_URL (default: ${DEFAULT_ADMIN_URL})`)
    .option(
      '--admin-key-file <file>',
      `file of the admin key; or the key in ROPEWAY_ADMIN_KEY (default: ${DEFAULT_ADMIN_KEY_FILE})`,
    )
    .option('--json', 'print JSON');
}

export function adminAccess({ adminUrl, adminKeyFile }: AdminOptions, { env }: Terminal): AdminAccess {
  const url = adminOrigin(adminUrl ?? nonEmpty(env.ROPEWAY_ADMIN_URL) ?? DEFAULT_ADMIN_URL);
  const fromEnvironment = nonEmpty(env.ROPEWAY_ADMIN_KEY);
  if (adminKeyFile === undefined && fromEnvironment !== undefined)
    return { url, key: keyIn(fromEnvironment, 'ROPEWAY_ADMIN_KEY'), keySource: 'ROPEWAY_ADMIN_KEY' };
  const file = adminKeyFile ?? DEFAULT_ADMIN_KEY_FILE;
  return { url, key: keyIn(readKeys(file), file), keySource: file };
}

function adminOrigin(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.username !== '')
    throw new WrongUsage(`"${text}" is not the address of an admin API, such as ${DEFAULT_ADMIN_URL}`);
  // Every path of it begins so, and what prints the address shows it with that.
  return url.href.replace(/(?:\/admin)?\/*$/, '');
}

function readKeys(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandFailed(
      `the admin key file ${file} ${whyNot(error)}: the first start of Ropeway makes one (run this where it was started), or name it with --admin-key-file, or put the key into ROPEWAY_ADMIN_KEY`,
    );
  }
}

/** Never shows what it found instead. */
function keyIn(text: string, source: string): string {
  const key = adminKeyText(text);
  if (key === null) throw new CommandFailed(`${source} does not hold the text of an admin key (rwa_…)`);
  return key;
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
