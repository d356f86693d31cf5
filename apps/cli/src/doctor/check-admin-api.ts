// Does the admin API answer, with this key, and how does what it stands on do?
import * as z from 'zod';
import type { AdminOptions } from '../admin/admin-access.ts';
import { adminClient } from '../admin/admin-client.ts';
import { understood } from '../admin/answers.ts';
import { CommandFailed, type Terminal } from '../terminal.ts';
import { type Finding, ok, warn } from './finding.ts';

const CHECK = 'admin API';

/** The rest of the status is for `--json` readers of the API itself. */
const status = z.looseObject({
  version: z.string(),
  database: z.looseObject({ kind: z.string(), ok: z.boolean() }).nullish(),
  ledger: z.unknown(),
});

/** Only a warning: everything but the administration works without it. */
export async function checkAdminApi(options: AdminOptions, terminal: Terminal): Promise<Finding> {
  try {
    const client = adminClient(options, terminal);
    const answer = await client.json({ method: 'GET', path: '/admin/status' });
    const { version, database } = understood(status, answer);
    if (database?.ok === false)
      return warn(
        CHECK,
        `${client.url} answers (${version}), but cannot reach its database`,
        'see the check of the database',
      );
    return ok(CHECK, `${client.url} answers (version ${version}) and takes the key`);
  } catch (error) {
    if (!(error instanceof CommandFailed)) throw error;
    const [what = '', fix] = splitOnce(error.message);
    return warn(CHECK, what, fix ?? 'see the line above');
  }
}

/** Failures read "what: what to do" or "what\nwhat to do". */
function splitOnce(message: string): readonly [string, string | undefined] {
  const [, what, fix] = /^(.+?)(?:\n|: (?=[a-z]))([\s\S]+)$/.exec(message) ?? [];
  return what === undefined ? [message, undefined] : [what, fix];
}
