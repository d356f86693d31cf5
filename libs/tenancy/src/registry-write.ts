// One change by one administrator: the transaction it runs in, who makes it and when, and its row in the audit log.
import { isDeepStrictEqual } from 'node:util';
import type { Kysely } from 'kysely';
import type { Schema } from '#database';

export interface RegistryWrite {
  readonly trx: Kysely<Schema>;
  readonly actor: string;
  readonly at: Date;
}

export interface Audited {
  /** As in `key.revoke`. */
  readonly action: string;
  readonly target: string;
  readonly tenant: string | null;
  /** As the registry shows them: never a digest. null: it was not there, or is not any more. */
  readonly before: object | null;
  readonly after: object | null;
}

/** In the transaction of the change: neither is there without the other. */
export async function writeAudit({ trx, actor, at }: RegistryWrite, audited: Audited): Promise<void> {
  const { action, target, tenant, before, after } = audited;
  const row = { at, actor, action, target, tenant, before: textOf(before), after: textOf(after) };
  await trx.insertInto('audit').values(row).execute();
}

/** What differs only in order or in absent members is the same. */
export function isSame(before: unknown, after: unknown): boolean {
  return isDeepStrictEqual(before, after);
}

function textOf(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
