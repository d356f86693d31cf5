// Settings of what outlives a request: the database, the shared counters, the outbox of the ledger, and the admin API.
import * as z from 'zod';
import { proxyRangeSchema } from '#addresses';
import { databaseUrl, redisUrl } from './server-url.ts';
import { variableName } from './variable-name.ts';

const intervalMs = z.int().min(1).max(3_600_000);
const file = z.string().min(1);

export const databaseSettings = z.strictObject({
  url: databaseUrl
    .nullable()
    .default(null)
    .describe(
      'Secret. PostgreSQL, as in `postgres://user:password@host:5432/ropeway?sslmode=require`; better by its variable or the file below.',
    ),
  urlFile: file.nullable().default(null).describe('File that holds the URL.'),
  embedded: file
    .nullable()
    .default(null)
    .describe(
      'Folder of a database inside this process, instead of PostgreSQL: for one gateway on one machine.',
    ),
  maxConnections: z.int().min(2).max(1_000).default(6).describe('Connections of one process at most.'),
  connectTimeoutMs: intervalMs.default(5_000).describe('A connection not made by then has failed.'),
  statementTimeoutMs: intervalMs.default(10_000).describe('A statement not done by then is ended.'),
});

export const redisSettings = z.strictObject({
  urls: z
    .array(redisUrl)
    .default([])
    .describe(
      'Redis or Valkey: one address, or some of a cluster. Empty: limits are counted in this process alone.',
    ),
  isCluster: z.boolean().default(false).describe('The addresses are of a Redis Cluster.'),
  username: z.string().min(1).nullable().default(null).describe('User, where Redis has users.'),
  passwordFile: file.nullable().default(null).describe('File that holds the password.'),
  passwordEnv: variableName.nullable().default(null).describe('Environment variable that holds it.'),
  caFile: file
    .nullable()
    .default(null)
    .describe("PEM of the authority that signed Redis' certificate. Default: the system's."),
  keyPrefix: z
    .string()
    .regex(/^[a-z0-9:_-]{0,32}$/, 'must be at most 32 of a-z, 0-9, : _ and -')
    .default('rw:')
    .describe('Begins every key, so that several Ropeways can share one Redis.'),
  commandTimeoutMs: intervalMs
    .default(20)
    .describe('A command not answered by then has failed; limits are then counted locally.'),
  breakerFailures: z
    .int()
    .min(1)
    .max(1_000)
    .default(5)
    .describe('Failures in a row after which Redis is left alone, but for one try each `breakerProbeMs`.'),
  breakerProbeMs: intervalMs.default(1_000).describe('Pace of those tries.'),
  strictAfterMs: z
    .int()
    .min(0)
    .max(86_400_000)
    .default(300_000)
    .describe('Without Redis for so long, tenants with budgets are refused (503); strict ones are at once.'),
});

export const authSettings = z.strictObject({
  environments: z
    .array(z.enum(['live', 'test']))
    .min(1)
    .default(['live', 'test'])
    .describe('Keys this gateway takes: `rw_live_`, `rw_test_` or both.'),
  trustedProxies: z
    .array(proxyRangeSchema)
    .default([])
    .describe(
      'Addresses (`10.1.2.3`) or ranges (`10.0.0.0/8`) of proxies in front whose `x-forwarded-for` is believed. Empty: the connection tells.',
    ),
  failedPerMinute: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(60)
    .describe('Wrong keys an address may try; beyond it 429. A right key is never held up by it.'),
  cachedKeys: z.int().min(1).max(10_000_000).default(10_000).describe('Keys of the database kept in memory.'),
  lookupTimeoutMs: intervalMs.default(1_000).describe('A key not found in the database by then gets 503.'),
  offlineHours: z
    .number()
    .min(0)
    .max(8_760)
    .default(12)
    .describe('With the database away, keys known before go on for so long.'),
  snapshotFile: file
    .nullable()
    .default(null)
    .describe(
      'File that keeps known keys (digests and rights) over a restart with the database away. Default: `keys.json` in the folder of the outbox. With `redis`, `gateways.json` beside it keeps how many gateways there were over a restart with Redis away.',
    ),
});

export const limitSettings = z.strictObject({
  leaseMs: z
    .int()
    .min(1_000)
    .max(600_000)
    .default(30_000)
    .describe('Places of a gateway that was killed are free after this.'),
  heartbeatMs: intervalMs.default(10_000).describe('Pace at which running requests renew their places.'),
  meterTokens: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(256)
    .describe('Streamed output is charged in such portions.'),
  meterMs: intervalMs.default(1_000).describe('Streamed output is charged at the latest after this.'),
  unstatedOutputTokens: z
    .int()
    .min(1)
    .max(1_048_576)
    .default(2_048)
    .describe('Output reserved, at most, for a request that states none; more is charged as it streams.'),
});

export const ledgerSettings = z.strictObject({
  outbox: file
    .default('.ropeway/outbox')
    .describe(
      'Folder where usage is kept until the database has it; gateways on one machine may share it. Used only with a database.',
    ),
  maxRows: z
    .int()
    .min(100)
    .max(100_000_000)
    .default(1_000_000)
    .describe('Rows kept there at most; then new requests get 503, and none is dropped.'),
  handover: z
    .boolean()
    .default(false)
    .describe(
      'With `redis`: a gateway that ends while the database is away leaves its rows in a Redis stream, for another to deliver. For an outbox whose disk goes with the pod.',
    ),
  batchRows: z.int().min(1).max(10_000).default(500).describe('Rows written to the database at once.'),
});

export const controlSettings = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address of the admin API.'),
  port: z.int().min(0).max(65_535).default(8081).describe('Port of the admin API; 0 takes a free one.'),
  adminKeyFile: file
    .default('.ropeway/admin-key')
    .describe('File of the admin key; made at the first start, readable by its owner alone.'),
  gateways: z
    .array(z.url({ protocol: /^https?$/ }))
    .default([])
    .describe(
      "The gateways' ops ports, asked for the record of a request, as in `http://ropeway-gateway-ops:9090`; a name stands for all its addresses.",
    ),
});

const micros = z.int().min(0).max(1_000_000_000_000);

export const priceSettings = z.strictObject({
  model: z.string().min(1).describe('Id of one of `models`.'),
  pool: z.string().min(1).optional().describe('One pool only; without it, every pool of the model.'),
  input: micros.describe('Price of a million input tokens, in millionths of your currency.'),
  cached: micros.optional().describe('Of a million input tokens read from the cache. Default: `input`.'),
  output: micros.describe('Of a million output tokens.'),
});
