// The audit log, as the registry reads it; it is written by registry-write.ts.
import type { Kysely } from 'kysely';
import type { Schema } from '#database';
import type { AuditEntry, Listed, PageAsk } from './registry.ts';
import { readPage } from './registry-cursor.ts';
import { auditEntryOf } from './registry-rows.ts';

export interface AuditAsk extends PageAsk {
  readonly tenant?: string;
  readonly target?: string;
  readonly action?: string;
}

/** Newest first. */
export function readAudit(db: Kysely<Schema>, ask: AuditAsk): Promise<Listed<AuditEntry>> {
  return readPage({
    list: 'audit',
    ask,
    keyOf: ({ id }) => [String(id)],
    isKey: ([id = '', ...rest]) => rest.length === 0 && /^[1-9][0-9]{0,14}$/.test(id),
    read: (after, count) => auditQuery(db, ask, after).limit(count).execute(),
    itemOf: auditEntryOf,
  });
}

function auditQuery(
  db: Kysely<Schema>,
  { tenant, target, action }: AuditAsk,
  after: readonly string[] | null,
) {
  let query = db.selectFrom('audit').selectAll().orderBy('id', 'desc');
  if (tenant !== undefined) query = query.where('tenant', '=', tenant);
  if (target !== undefined) query = query.where('target', '=', target);
  if (action !== undefined) query = query.where('action', '=', action);
  return after === null ? query : query.where('id', '<', Number(after[0]));
}
