import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { afterAll, expect, it } from '@jest/globals';
import { AddressRanges } from '#addresses';
import { MemoryLimiter, OutputEstimate } from '#limits';
import { WorkerClient } from '#relay';
import { createLogger, Lifecycle, Telemetry } from '#telemetry';
import { FailedAuth, KeyRing } from '#tenancy';
import { DEFAULT_RETRY_BUDGET, RetryBudget, StaticFleet } from '#workers';
import { LiveAnswers } from '../completions/live-answers.ts';
import { Pricing } from '../completions/pricing.ts';
import type { ServePorts } from '../completions/serve-ports.ts';
import { ServedModels } from '../models/served-models.ts';
import { aParkingLot } from '../parking/parking-lot-under-test.ts';
import { BodyBytes } from './body-bytes.ts';
import { HotPaths } from './hot-paths.ts';

const log = createLogger({ level: 'silent', destination: { write: () => {} } });
const relay: ServePorts['settings']['relay'] = {
  connectTimeoutMs: 2_000,
  firstTokenTimeoutMs: null,
  idleTimeoutMs: 60_000,
  totalTimeoutMs: 7_200_000,
  writeStallTimeoutMs: 60_000,
  heartbeatMs: 5_000,
  keepAliveMs: 4_000,
  maxIdleSocketsPerWorker: 8,
  reasoningNames: 'both',
};
const ports: ServePorts = {
  keys: new KeyRing([], new Map()),
  failedAuth: new FailedAuth({ failedPerMinute: 60 }),
  trustedProxies: new AddressRanges([]),
  limiter: new MemoryLimiter(),
  pricing: new Pricing({ prices: [], tokenWeights: new Map() }),
  outputEstimate: new OutputEstimate(),
  ledger: null,
  usage: null,
  liveAnswers: new LiveAnswers(),
  bodies: new BodyBytes(1_000),
  parking: aParkingLot().parking,
  models: new ServedModels([]),
  fleet: new StaticFleet({ pools: [] }),
  gateways: () => 1,
  client: new WorkerClient(relay),
  retryBudget: new RetryBudget({ ...DEFAULT_RETRY_BUDGET, nowMs: () => 0 }),
  telemetry: new Telemetry({ log, version: '0' }),
  lifecycle: new Lifecycle(),
  settings: {
    body: { maxBodyBytes: 1_000, bodyTimeoutMs: 1_000 },
    relay,
    maxRetries: 2,
    unstatedOutputTokens: 2_048,
  },
};
afterAll(async () => {
  await ports.fleet.close();
  ports.client.close();
  ports.telemetry.close();
});

const hot = new HotPaths(ports);

function found(method: string, url: string): boolean {
  const req = new IncomingMessage(new Socket());
  req.method = method;
  req.url = url;
  return hot.find(req) !== undefined;
}

it.each(['chat/completions', 'completions', 'tokenize', 'route'])('serves %s under both prefixes', (path) => {
  expect(found('POST', `/v1/${path}`)).toBe(true);
  expect(found('POST', `/compatible-mode/v1/${path}`)).toBe(true);
});

it('looks at no query', () => {
  expect(found('POST', '/v1/completions?api-version=1')).toBe(true);
});

it.each([
  ['GET', '/v1/completions'],
  ['POST', '/v1/completions/'],
  ['POST', '/v1/models'],
  ['POST', '//v1/completions'],
  ['POST', '/V1/completions'],
  ['POST', '/v1/__proto__'],
  ['POST', '/'],
])('leaves %s %s to the router', (method, url) => expect(found(method, url)).toBe(false));
