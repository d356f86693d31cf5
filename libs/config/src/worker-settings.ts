// Settings of watching the workers.
import * as z from 'zod';

const intervalMs = z.int().min(10).max(3_600_000);

export const workerSettings = z.strictObject({
  scrapeIntervalMs: intervalMs
    .default(1_000)
    .describe("Pace at which one worker's `/metrics` and `/health` are read."),
  maxScrapesPerSecond: z
    .number()
    .min(0.1)
    .max(10_000)
    .default(20)
    .describe('Pages read over the whole fleet; with many workers each is read less often.'),
  probeTimeoutMs: intervalMs.default(2_000).describe('A probe not answered by then has failed.'),
  lookAgainMs: intervalMs.default(5_000).describe('Pace at which quarantined workers are looked at again.'),
  stallAfterMs: intervalMs
    .default(15_000)
    .describe(
      'A worker that holds requests and makes no progress for so long is avoided until it gives a token: it is asked for one as often.',
    ),
  drainSilenceMs: intervalMs
    .default(15_000)
    .describe('Silence after which a started stream on a worker that is going away is ended.'),
  breakerFailures: z
    .int()
    .min(1)
    .max(1_000)
    .default(5)
    .describe("Failures of the worker's own in a row that open its circuit breaker."),
  breakerOpenMs: intervalMs
    .default(1_000)
    .describe('An open breaker lets one request try after this; each failed try doubles it.'),
  warmUpMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(30_000)
    .describe('A worker just back gets its full share only after this.'),
  compareCounts: z
    .boolean()
    .default(true)
    .describe("Compare our token counts with each worker's `/tokenize` at the start."),
});

export const tokenizerSettings = z.strictObject({
  cacheEntries: z
    .int()
    .min(0)
    .max(10_000_000)
    .default(65_536)
    .describe('Message parts whose count is remembered.'),
  inlineBytes: z
    .int()
    .min(0)
    .max(16_777_216)
    .default(32_768)
    .describe('Longer texts are counted on a worker thread, off the event loop.'),
  threads: z
    .int()
    .min(0)
    .max(64)
    .default(2)
    .describe('Worker threads that count; 0 counts everything on the event loop.'),
});
