// Changes are noted once a statement, no longer once a row: `ropeway apply` writes ten thousand rows with the lock of all writers
// held, and three statements of a trigger for each were most of that time, which a revocation waits for. And rows that are new need
// not be noted before all of them are there.
import { type Kysely, sql } from 'kysely';
import { lockChanges } from './lock-changes.ts';
import type { Schema } from './schema.ts';

export async function changesAStatement(trx: Kysely<Schema>): Promise<void> {
  // Before any table, as every writer does, or the two could wait for one another.
  await lockChanges(trx);
  for (const statement of [TELL_CHANGES, BEGIN_CHANGE, ...NOTED.flatMap(noteStatements), OLD_FUNCTION])
    await sql.raw(statement).execute(trx);
}

/** One push for all of them: who hears it reads the table from where he was. It names the newest. */
const TELL_CHANGES = `CREATE FUNCTION ropeway_tell_changes(changed_kind text, changed_ids text[]) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE
    newest record;
  BEGIN
    IF cardinality(changed_ids) > 0 THEN
      WITH noted AS (
        INSERT INTO change (kind, id)
        SELECT changed_kind, changed.id FROM unnest(changed_ids) WITH ORDINALITY AS changed (id, place) ORDER BY place
        RETURNING epoch, id
      )
      SELECT epoch, id INTO newest FROM noted ORDER BY epoch DESC LIMIT 1;
      DELETE FROM change WHERE at < now() - interval '1 hour';
      PERFORM pg_notify('ropeway_change',
        json_build_object('epoch', newest.epoch, 'kind', changed_kind, 'id', newest.id)::text);
    END IF;
  END $$`;

/**
 * Rows that are made without the lock are told later, with it (`tellLater`). What a statement changes or removes others may be
 * reading under the lock, so that takes it always, as does an upsert, which counts as both.
 */
const TOLD_LATER = `(TG_OP = 'INSERT' AND coalesce(current_setting('ropeway.told_later', true), '') = 'on')`;
const BEGIN_CHANGE = `CREATE OR REPLACE FUNCTION ropeway_begin_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NOT ${TOLD_LATER} THEN
      PERFORM ropeway_lock_changes();
    END IF;
    RETURN NULL;
  END $$`;

interface Noted {
  readonly table: string;
  readonly kind: string;
  readonly id: string;
  /** Of a row: what its holders must learn of. */
  readonly told: (row: string) => string;
}

/** All but `last_used_at`: that a key was used is nothing its holders must learn of. */
const KEY_COLUMNS = [
  ...['id', 'tenant', 'lineage', 'name', 'environment', 'digest', 'pepper_version', 'scopes', 'limits'],
  ...['expires_at', 'revoked_at', 'replaced_by', 'version', 'created_at'],
];

const NOTED: readonly Noted[] = [
  { table: 'plan', kind: 'plan', id: 'name', told: (row) => row },
  { table: 'tenant', kind: 'tenant', id: 'id', told: (row) => row },
  {
    table: 'api_key',
    kind: 'key',
    id: 'id',
    told: (row) => `(${KEY_COLUMNS.map((column) => `${row}.${column}`).join(', ')})`,
  },
];

/**
 * A trigger for each kind of statement, for one that sees the rows of a statement may have one kind only, and no list of columns.
 * `begin_change`, which takes the lock, stays where it was.
 */
function noteStatements({ table, kind, id, told }: Noted): readonly string[] {
  const note = `FOR EACH STATEMENT EXECUTE FUNCTION ropeway_note_${kind}()`;
  return [
    `CREATE FUNCTION ropeway_note_${kind}() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      changed_ids text[];
    BEGIN
      IF ${TOLD_LATER} THEN
        RETURN NULL;
      ELSIF TG_OP = 'INSERT' THEN
        SELECT array_agg(became.${id}) INTO changed_ids FROM rows_after became;
      ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(was.${id}) INTO changed_ids FROM rows_before was;
      ELSE
        -- One that got another id is two: what was, and what is there now.
        SELECT array_agg(coalesce(became.${id}, was.${id})) INTO changed_ids
        FROM rows_before was FULL JOIN rows_after became ON was.${id} = became.${id}
        WHERE ${told('was')} IS DISTINCT FROM ${told('became')};
      END IF;
      PERFORM ropeway_tell_changes('${kind}', changed_ids);
      RETURN NULL;
    END $$`,
    `DROP TRIGGER note_change ON ${table}`,
    `CREATE TRIGGER note_insert AFTER INSERT ON ${table} REFERENCING NEW TABLE AS rows_after ${note}`,
    `CREATE TRIGGER note_update AFTER UPDATE ON ${table}
      REFERENCING OLD TABLE AS rows_before NEW TABLE AS rows_after ${note}`,
    `CREATE TRIGGER note_delete AFTER DELETE ON ${table} REFERENCING OLD TABLE AS rows_before ${note}`,
  ];
}

const OLD_FUNCTION = 'DROP FUNCTION ropeway_note_change()';
