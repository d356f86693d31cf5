import * as z from 'zod';
import type { LedgerRecord } from '#ledger';
import { stamp } from '../answers/stamps.ts';

export const OUTCOMES = ['completed', 'failed', 'client_closed', 'cut', 'unknown'] as const;

const attempt = z.object({
  worker: z.string(),
  pool: z.string(),
  startedMs: z.number().describe('Since the request started.'),
  endedMs: z.number(),
  outcome: z.string(),
});

export const requestAnswer = z
  .object({
    requestId: z.string().describe("The gateway's own id."),
    startedAt: stamp,
    endedAt: stamp,
    tenant: z.string(),
    key: z.string(),
    lineage: z.string(),
    environment: z.string(),
    endpoint: z.string(),
    model: z.string(),
    pool: z.string(),
    rope: z.string(),
    windowTokens: z.int(),
    stream: z.boolean(),
    promptTokens: z.int(),
    cachedTokens: z.int(),
    reasoningTokens: z.int(),
    completionTokens: z.int(),
    isExact: z.boolean().describe('False: metered by the gateway, not told by the worker.'),
    poolWeight: z.number(),
    costMicro: z.int(),
    outcome: z.enum(OUTCOMES).describe('`unknown`: its gateway was killed; `cut`: ended by us.'),
    fault: z.string().nullable(),
    finishReason: z.string().nullable(),
    queueMs: z.number(),
    firstTokenMs: z.number().nullable(),
    durationMs: z.number(),
    attempts: z.array(attempt).readonly(),
  })
  .meta({ id: 'Request', description: 'A row of the ledger: one answer.' }) satisfies z.ZodType<
  LedgerRecord,
  unknown
>;
