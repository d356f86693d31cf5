// The tables, as Kysely sees them. Column names are snake_case in SQL and here, so that a row needs no translation.
import type { ColumnType, Generated, JSONColumnType } from 'kysely';

/** bigint: numbers up to 2^53 in our schema (checked on the way in), so drivers are told to parse int8 as number. */
type Stamp = ColumnType<Date, Date | string | undefined, Date | string>;
type StampOrNull = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;

/** Read as the parsed value; written as its text, absent for none. */
type Document = ColumnType<unknown, string | null | undefined, never>;

export interface PlanTable {
  name: string;
  limits: JSONColumnType<object>;
  scopes: JSONColumnType<object>;
  version: Generated<number>;
  created_at: Stamp;
  updated_at: Stamp;
}

export interface TenantTable {
  id: string;
  display_name: string;
  plan: string | null;
  /** Limits that replace the plan's, field by field; {} = none. */
  limits: JSONColumnType<object>;
  scopes: JSONColumnType<object>;
  time_zone: Generated<string>;
  is_strict: Generated<boolean>;
  is_prepaid: Generated<boolean>;
  suspended_at: StampOrNull;
  version: Generated<number>;
  created_at: Stamp;
  updated_at: Stamp;
}

export interface ApiKeyTable {
  id: string;
  tenant: string;
  lineage: string;
  name: string;
  environment: 'live' | 'test';
  digest: Buffer;
  pepper_version: number;
  scopes: JSONColumnType<object>;
  limits: JSONColumnType<object>;
  expires_at: StampOrNull;
  revoked_at: StampOrNull;
  /** The key this one was rotated to. */
  replaced_by: string | null;
  last_used_at: StampOrNull;
  version: Generated<number>;
  created_at: Stamp;
}

export interface AuditTable {
  id: Generated<number>;
  at: Stamp;
  actor: string;
  /** As in `key.revoke`. */
  action: string;
  target: string;
  tenant: string | null;
  before: Document;
  after: Document;
}

/** One row for each change a gateway must learn of; pruned after an hour. Epochs are given out in commit order. */
export interface ChangeTable {
  epoch: Generated<number>;
  kind: 'key' | 'tenant' | 'plan';
  id: string;
  at: Stamp;
}

interface IdempotencyTable {
  actor: string;
  key: string;
  request_digest: Buffer;
  status: number;
  body: string;
  at: Stamp;
}

export interface LedgerTable {
  request_id: string;
  started_at: Stamp;
  ended_at: Stamp;
  tenant: string;
  key_id: string;
  lineage: string;
  environment: string;
  endpoint: string;
  model: string;
  pool: string;
  rope: string;
  window_tokens: number;
  stream: boolean;
  prompt_tokens: number;
  cached_tokens: number;
  reasoning_tokens: number;
  completion_tokens: number;
  is_exact: boolean;
  pool_weight_milli: number;
  cost_micro: number;
  outcome: string;
  fault: string | null;
  finish_reason: string | null;
  queue_ms: number;
  first_token_ms: number | null;
  duration_ms: number;
  attempts: JSONColumnType<object[]>;
}

/** Sums kept with each insert into the ledger, so that a month of usage is a few rows. Days are UTC. */
interface UsageDailyTable {
  day: string;
  tenant: string;
  lineage: string;
  key_id: string;
  model: string;
  pool: string;
  requests: number;
  prompt_tokens: number;
  cached_tokens: number;
  reasoning_tokens: number;
  completion_tokens: number;
  /** Sum of (prompt + completion) x pool weight, whole tokens rounded up a row. */
  weighted_tokens: number;
  cost_micro: number;
}

interface SchemaInfoTable {
  version: number;
  /** Oldest Ropeway schema version a process must understand to use this database (decisions L8). */
  min_app_version: number;
  applied_at: Stamp;
}

export interface Schema {
  plan: PlanTable;
  tenant: TenantTable;
  api_key: ApiKeyTable;
  audit: AuditTable;
  change: ChangeTable;
  idempotency: IdempotencyTable;
  ledger: LedgerTable;
  usage_daily: UsageDailyTable;
  schema_info: SchemaInfoTable;
}
