// The only schema: every setting with its unit (last in its name), bounds, default and description. What loads the file,
// what names the environment variables and docs/configuration.md all come from here.
import * as z from 'zod';
import { discoverySettings } from './discovery-settings.ts';
import { keySettings, pepperSettings } from './key-settings.ts';
import { modelSettings } from './model-settings.ts';
import {
  bodySettings,
  logSettings,
  metricsSettings,
  opsSettings,
  serverSettings,
  tracingSettings,
  waitingSettings,
} from './network-settings.ts';
import { poolSettings } from './pool-settings.ts';
import { relaySettings } from './relay-settings.ts';
import { scalerSettings } from './scaler-settings.ts';
import {
  authSettings,
  controlSettings,
  databaseSettings,
  ledgerSettings,
  limitSettings,
  priceSettings,
  redisSettings,
} from './state-settings.ts';
import { tokenizerSettings, workerSettings } from './worker-settings.ts';

export const schema = z.strictObject({
  server: serverSettings.prefault({}).describe('The OpenAI API.'),
  ops: opsSettings.prefault({}).describe('Metrics and health.'),
  log: logSettings.prefault({}).describe('The log, JSON lines on standard output.'),
  models: z.array(modelSettings).min(1).describe('Models served.'),
  pools: z.array(poolSettings).min(1).describe('Pools of workers.'),
  discovery: discoverySettings.prefault({}).describe('Finding workers.'),
  keys: z.array(keySettings).default([]).describe('Keys callers may use besides those of the database.'),
  peppers: z
    .array(pepperSettings)
    .default([])
    .describe(
      'Where the peppers are. Empty: version 1 is in ROPEWAY_PEPPER, or in the file ROPEWAY_PEPPER_FILE names.',
    ),
  database: databaseSettings
    .prefault({})
    .describe('Where tenants, keys and the ledger are kept. Without it, only `keys` of this file are known.'),
  redis: redisSettings.prefault({}).describe('Where several gateways count limits together.'),
  auth: authSettings.prefault({}).describe('Checking keys.'),
  limits: limitSettings.prefault({}).describe('Counting limits.'),
  ledger: ledgerSettings.prefault({}).describe('Recording usage.'),
  prices: z.array(priceSettings).default([]).describe('What tokens cost, for budgets in money.'),
  control: controlSettings.prefault({}).describe('The admin API.'),
  scaler: scalerSettings.prefault({}).describe('The scaler, which KEDA asks.'),
  bodies: bodySettings.prefault({}).describe('Request bodies.'),
  waiting: waitingSettings.prefault({}).describe('Requests that wait for room.'),
  relay: relaySettings.prefault({}).describe('Carrying requests and answers.'),
  workers: workerSettings.prefault({}).describe('Watching the workers.'),
  tokenizer: tokenizerSettings.prefault({}).describe('Counting tokens.'),
  metrics: metricsSettings.prefault({}).describe('Metrics.'),
  tracing: tracingSettings.prefault({}).describe('Traces, for OpenTelemetry.'),
});

/** The file as parsed: defaults filled in, nothing yet resolved or checked across sections. */
export type Settings = z.output<typeof schema>;
