// The only schema: every setting with its unit (last in its name), bounds, default and description. What loads the file,
// what names the environment variables and docs/configuration.md all come from here.
import * as z from 'zod';
import { keySettings, pepperSettings } from './key-settings.ts';
import { modelSettings } from './model-settings.ts';
import {
  bodySettings,
  logSettings,
  metricsSettings,
  opsSettings,
  serverSettings,
  waitingSettings,
} from './network-settings.ts';
import { poolSettings } from './pool-settings.ts';
import { relaySettings } from './relay-settings.ts';
import { tokenizerSettings, workerSettings } from './worker-settings.ts';

export const schema = z.strictObject({
  server: serverSettings.prefault({}).describe('The OpenAI API.'),
  ops: opsSettings.prefault({}).describe('Metrics and health.'),
  log: logSettings.prefault({}).describe('The log, JSON lines on standard output.'),
  models: z.array(modelSettings).min(1).describe('Models served.'),
  pools: z.array(poolSettings).min(1).describe('Pools of workers.'),
  keys: z.array(keySettings).describe('Keys callers may use. An empty list refuses everybody.'),
  peppers: z
    .array(pepperSettings)
    .default([])
    .describe(
      'Where the peppers are. Empty: version 1 is in ROPEWAY_PEPPER, or in the file ROPEWAY_PEPPER_FILE names.',
    ),
  bodies: bodySettings.prefault({}).describe('Request bodies.'),
  waiting: waitingSettings.prefault({}).describe('Requests that wait for room.'),
  relay: relaySettings.prefault({}).describe('Carrying requests and answers.'),
  workers: workerSettings.prefault({}).describe('Watching the workers.'),
  tokenizer: tokenizerSettings.prefault({}).describe('Counting tokens.'),
  metrics: metricsSettings.prefault({}).describe('Metrics.'),
});

/** The file as parsed: defaults filled in, nothing yet resolved or checked across sections. */
export type Settings = z.output<typeof schema>;
