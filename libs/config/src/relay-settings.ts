// Settings of carrying requests to workers and answers back. Defaults are the decisions R3 and R4 of the design.
import * as z from 'zod';

const timeoutMs = z.int().min(1).max(86_400_000);

export const relaySettings = z.strictObject({
  connectTimeoutMs: timeoutMs.default(2_000).describe('A worker gets this long to accept a connection.'),
  firstTokenTimeoutMs: timeoutMs
    .nullable()
    .default(null)
    .describe(
      'Silence allowed before the first token; null allows any: a long prefill is legitimately silent.',
    ),
  idleTimeoutMs: timeoutMs.default(60_000).describe('Silence allowed after the first token.'),
  totalTimeoutMs: timeoutMs
    .default(7_200_000)
    .describe(
      "Longest answer, from the request's arrival to the last byte: the wait for room and every retry included.",
    ),
  writeStallTimeoutMs: timeoutMs.default(60_000).describe('A client that takes no bytes for so long is cut.'),
  heartbeatMs: timeoutMs
    .default(5_000)
    .describe('Streams without a first token get a comment at this pace: `: keep-alive`, or why they wait.'),
  keepAliveMs: z
    .int()
    .min(0)
    .max(86_400_000)
    .default(4_000)
    .describe('Idle sockets to workers are dropped after this; vLLM itself drops them after 5 s.'),
  maxIdleSocketsPerWorker: z
    .int()
    .min(0)
    .max(65_536)
    .default(256)
    .describe('Idle sockets kept to one worker.'),
  reasoningNames: z
    .enum(['both', 'reasoning', 'reasoning_content'])
    .default('both')
    .describe('Field names thinking is answered under.'),
  drainTimeoutMs: z
    .int()
    .min(0)
    .max(86_400_000)
    .default(1_200_000)
    .describe('After SIGTERM running answers get this long to finish.'),
  retries: z
    .int()
    .min(0)
    .max(10)
    .default(2)
    .describe('Further workers tried when one fails before its first frame.'),
  retryBudgetRatio: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe('Retries allowed as a share of requests, so that a failing fleet is not hit twice as hard.'),
  retryBudgetMinPerSecond: z
    .number()
    .min(0)
    .max(10_000)
    .default(3)
    .describe('Retries a second allowed however few the requests.'),
});
