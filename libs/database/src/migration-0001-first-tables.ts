// The tables as issue 4 needs them. The constraints are the last word on bad input: what gets past every schema in front of
// them still doesn't get in. Names compare by their bytes (collate "C"), so that pages come in one order everywhere.
import { type Kysely, sql } from 'kysely';
import type { Schema } from './schema.ts';

export async function firstTables(trx: Kysely<Schema>): Promise<void> {
  for (const statement of [...TENANCY, ...CHANGES, ...LEDGER, ...APPEND_ONLY])
    await sql.raw(statement).execute(trx);
}

const NAME = "'^[a-z0-9][a-z0-9._-]{0,62}$'";
const KEY_ID = "'^[0-9A-Za-z]{12}$'";
/** Every number in it is a whole one of 1 to 2^53 - 1, however deep it stands. */
const AMOUNTS = (
  column: string,
): string => `CHECK (jsonb_typeof(${column}) = 'object' AND NOT jsonb_path_exists(${column},
  '$.** ? (@.type() == "number" && (@ < 1 || @ > 9007199254740991 || @.floor() != @))'))`;

const TENANCY = [
  `CREATE TABLE plan (
    name text COLLATE "C" PRIMARY KEY CHECK (name ~ ${NAME}),
    limits jsonb NOT NULL ${AMOUNTS('limits')},
    scopes jsonb NOT NULL ${AMOUNTS('scopes')},
    version bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now()
  )`,
  `CREATE TABLE tenant (
    id text COLLATE "C" PRIMARY KEY CHECK (id ~ ${NAME}),
    display_name text NOT NULL CHECK (length(display_name) BETWEEN 1 AND 200),
    plan text COLLATE "C" REFERENCES plan (name),
    limits jsonb NOT NULL DEFAULT '{}' ${AMOUNTS('limits')},
    scopes jsonb NOT NULL DEFAULT '{}' ${AMOUNTS('scopes')},
    time_zone text NOT NULL DEFAULT 'UTC' CHECK (time_zone ~ '^[A-Za-z][A-Za-z0-9_+/-]{0,63}$'),
    is_strict boolean NOT NULL DEFAULT false,
    is_prepaid boolean NOT NULL DEFAULT false,
    suspended_at timestamptz(3),
    version bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    updated_at timestamptz(3) NOT NULL DEFAULT now()
  )`,
  'CREATE INDEX tenant_plan ON tenant (plan)',
  `CREATE TABLE api_key (
    id text COLLATE "C" PRIMARY KEY CHECK (id ~ ${KEY_ID}),
    tenant text COLLATE "C" NOT NULL REFERENCES tenant (id),
    lineage text COLLATE "C" NOT NULL REFERENCES api_key (id),
    name text NOT NULL DEFAULT '' CHECK (length(name) <= 100),
    environment text NOT NULL CHECK (environment IN ('live', 'test')),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    pepper_version integer NOT NULL CHECK (pepper_version > 0),
    scopes jsonb NOT NULL DEFAULT '{}' ${AMOUNTS('scopes')},
    limits jsonb NOT NULL DEFAULT '{}' ${AMOUNTS('limits')},
    expires_at timestamptz(3),
    revoked_at timestamptz(3),
    replaced_by text COLLATE "C" REFERENCES api_key (id),
    last_used_at timestamptz(3),
    version bigint NOT NULL DEFAULT 1 CHECK (version > 0),
    created_at timestamptz(3) NOT NULL DEFAULT now()
  )`,
  'CREATE INDEX api_key_tenant ON api_key (tenant, name)',
  'CREATE INDEX api_key_newest ON api_key (created_at, id)',
  `CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz(3) NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL CHECK (action ~ '^[a-z]+\\.[a-z_]+$'),
    target text NOT NULL,
    tenant text COLLATE "C",
    before jsonb,
    after jsonb
  )`,
  'CREATE INDEX audit_tenant ON audit (tenant, id)',
  'CREATE INDEX audit_target ON audit (target, id)',
  `CREATE TABLE idempotency (
    actor text NOT NULL,
    key text NOT NULL CHECK (length(key) <= 255),
    request_digest bytea NOT NULL CHECK (octet_length(request_digest) = 32),
    status integer NOT NULL CHECK (status BETWEEN 0 AND 599),
    body text NOT NULL,
    at timestamptz(3) NOT NULL DEFAULT now(),
    PRIMARY KEY (actor, key)
  )`,
  'CREATE INDEX idempotency_at ON idempotency (at)',
];

/** All but `last_used_at`, of which nobody has to learn: statements that set only that one don't wait for writers. */
const KEY_COLUMNS = `id, tenant, lineage, name, environment, digest, pepper_version, scopes, limits, expires_at, revoked_at,
  replaced_by, version, created_at`;

/**
 * What gateways must learn of. Epochs come in commit order: each writer holds one lock until it commits, so nobody sees epoch
 * 8 before 7. A statement takes it before its first row: with a row in hand it could meet a writer who holds the lock and
 * wants that row. Rows older than an hour go with the next change; a gateway that was away for
 * longer sees the gap in the epochs and reads everything anew.
 */
const CHANGES = [
  `CREATE TABLE change (
    epoch bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('key', 'tenant', 'plan')),
    id text COLLATE "C" NOT NULL,
    at timestamptz(3) NOT NULL DEFAULT now()
  )`,
  'CREATE INDEX change_at ON change (at)',
  `CREATE FUNCTION ropeway_lock_changes() RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtextextended('ropeway change ' || current_schema(), 0))
  $$`,
  `CREATE FUNCTION ropeway_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    changed jsonb := to_jsonb(CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END);
    changed_id text := changed ->> TG_ARGV[1];
    new_epoch bigint;
  BEGIN
    -- That a key was used is nothing its holders must learn of.
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'last_used_at' = to_jsonb(NEW) - 'last_used_at' THEN
      RETURN NULL;
    END IF;
    INSERT INTO change (kind, id) VALUES (TG_ARGV[0], changed_id) RETURNING epoch INTO new_epoch;
    DELETE FROM change WHERE at < now() - interval '1 hour';
    PERFORM pg_notify('ropeway_change',
      json_build_object('epoch', new_epoch, 'kind', TG_ARGV[0], 'id', changed_id)::text);
    RETURN NULL;
  END $$`,
  `CREATE FUNCTION ropeway_begin_change() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM ropeway_lock_changes();
    RETURN NULL;
  END $$`,
  ...[
    { table: 'plan', kind: 'plan', id: 'name', update: 'UPDATE' },
    { table: 'tenant', kind: 'tenant', id: 'id', update: 'UPDATE' },
    { table: 'api_key', kind: 'key', id: 'id', update: `UPDATE OF ${KEY_COLUMNS}` },
  ].flatMap(({ table, kind, id, update }) => [
    `CREATE TRIGGER begin_change BEFORE INSERT OR ${update} OR DELETE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION ropeway_begin_change()`,
    `CREATE TRIGGER note_change AFTER INSERT OR ${update} OR DELETE ON ${table}
      FOR EACH ROW EXECUTE FUNCTION ropeway_note_change('${kind}', '${id}')`,
  ]),
];

const COUNT = 'bigint NOT NULL CHECK';

const LEDGER = [
  `CREATE TABLE ledger (
    request_id text COLLATE "C" NOT NULL CHECK (length(request_id) BETWEEN 1 AND 64),
    started_at timestamptz(3) NOT NULL,
    ended_at timestamptz(3) NOT NULL,
    tenant text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    lineage text COLLATE "C" NOT NULL,
    environment text NOT NULL CHECK (environment IN ('live', 'test')),
    endpoint text NOT NULL,
    model text NOT NULL,
    pool text NOT NULL,
    rope text NOT NULL,
    window_tokens ${COUNT} (window_tokens >= 0),
    stream boolean NOT NULL,
    prompt_tokens ${COUNT} (prompt_tokens >= 0),
    cached_tokens ${COUNT} (cached_tokens >= 0),
    reasoning_tokens ${COUNT} (reasoning_tokens >= 0),
    completion_tokens ${COUNT} (completion_tokens >= 0),
    is_exact boolean NOT NULL,
    pool_weight_milli ${COUNT} (pool_weight_milli >= 0),
    cost_micro ${COUNT} (cost_micro >= 0),
    outcome text NOT NULL CHECK (outcome IN ('completed', 'failed', 'client_closed', 'cut', 'unknown')),
    fault text,
    finish_reason text,
    queue_ms ${COUNT} (queue_ms >= 0),
    first_token_ms bigint CHECK (first_token_ms >= 0),
    duration_ms ${COUNT} (duration_ms >= 0),
    attempts jsonb NOT NULL CHECK (jsonb_typeof(attempts) = 'array'),
    PRIMARY KEY (request_id, started_at)
  ) PARTITION BY RANGE (started_at)`,
  'CREATE INDEX ledger_tenant ON ledger (tenant, started_at)',
  'CREATE INDEX ledger_newest ON ledger (started_at, request_id)',
  // A row whose month nobody made yet is kept here, not refused; ensurePartitions moves it.
  'CREATE TABLE ledger_default PARTITION OF ledger DEFAULT',
  `CREATE TABLE usage_daily (
    day date NOT NULL,
    tenant text COLLATE "C" NOT NULL,
    lineage text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    model text NOT NULL,
    pool text NOT NULL,
    requests ${COUNT} (requests >= 0),
    prompt_tokens ${COUNT} (prompt_tokens >= 0),
    cached_tokens ${COUNT} (cached_tokens >= 0),
    reasoning_tokens ${COUNT} (reasoning_tokens >= 0),
    completion_tokens ${COUNT} (completion_tokens >= 0),
    weighted_tokens ${COUNT} (weighted_tokens >= 0),
    cost_micro ${COUNT} (cost_micro >= 0),
    PRIMARY KEY (day, tenant, lineage, key_id, model, pool)
  )`,
  'CREATE INDEX usage_daily_tenant ON usage_daily (tenant, day)',
];

/** A guard against bugs and slips of the hand, not against an owner of the tables. Retention drops whole partitions. */
const APPEND_ONLY = [
  `CREATE FUNCTION ropeway_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
  END $$`,
  ...['audit', 'ledger'].flatMap((table) => [
    `CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ${table}
      FOR EACH ROW EXECUTE FUNCTION ropeway_refuse()`,
    `CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION ropeway_refuse()`,
  ]),
];
