import * as z from 'zod';
import { STEP_NAMES } from '#telemetry';
import { requestAnswer } from './request-answer.ts';

const ms = z.number();
const text = z.string().nullable();
const count = z.number().nullable();

const story = z
  .object({
    request_id: z.string().describe("The gateway's own id."),
    correlation_id: text.describe("The client's x-request-id."),
    trace_id: text,
    gateway: z.string(),
    state: z.enum(['running', 'ended']),
    started_at: z.string(),
    duration_ms: ms,
    endpoint: z.string(),
    stream: z.boolean(),
    tenant: text,
    key_id: text,
    model: text,
    outcome: z
      .enum(['completed', 'refused', 'failed', 'client_closed'])
      .nullable()
      .describe('null: it runs.'),
    status: count,
    fault: text,
    limit: z
      .object({ kind: z.string(), scope: z.string(), unit: text })
      .nullable()
      .describe('Which limit refused it, in the words of `GET /v1/limits`.'),
    retry_after_ms: count.describe('How long the caller was told to wait; null: it was not.'),
    prompt_tokens: count,
    output_budget: count,
    output_budget_source: text,
    demand: count,
    pool: text,
    rope: text,
    window: count,
    headroom: count,
    reason: text,
    explanation: text,
    pools: z
      .array(
        z.object({
          name: z.string(),
          rope: z.string(),
          window: z.number(),
          fits: z.boolean(),
          headroom: z.number().describe('Negative: short by so much.'),
          why_not: z
            .object({ code: z.string(), message: z.string() })
            .nullable()
            .describe('null: it was chosen.'),
        }),
      )
      .describe('As the last decision saw them.'),
    steps: z
      .array(z.object({ name: z.enum(STEP_NAMES), at_ms: ms, took_ms: ms }))
      .describe('In order; times from the arrival of the request.'),
    attempts: z.array(
      z.object({
        worker: z.string(),
        pool: z.string(),
        started_ms: ms,
        ended_ms: count,
        outcome: text,
        cause: text.describe('The fault for which another worker was asked.'),
      }),
    ),
    queue_ms: ms,
    first_token_ms: count,
    overhead_ms: count,
    usage: z.object({ cached_tokens: count, completion_tokens: count, reasoning_tokens: count }),
    finish_reason: text,
  })
  .meta({ id: 'RequestStory', description: 'What a gateway remembers of a request: no prompt, no answer.' });

const gateways = z.object({
  asked: z.int(),
  silent: z
    .array(z.object({ url: z.string(), why: z.string() }))
    .describe('Those that did not answer: what they know is missing.'),
});

export const requestWhole = z
  .object({
    row: requestAnswer
      .nullable()
      .describe('Of the ledger; null while the request runs, and for refused ones.'),
    records: z.array(story).describe('Of gateways, newest first; they forget (`requests.keep`).'),
    gateways,
  })
  .meta({ id: 'RequestWhole', description: 'All that is known of one request.' });

type Story = z.output<typeof story>;

export interface GatewayRecords {
  readonly records: readonly Story[];
  readonly gateways: z.output<typeof gateways>;
}

/** null: not the page of a gateway. What another version adds is left out. */
export function readRecords(page: string): readonly Story[] | null {
  try {
    return z.object({ requests: z.array(story) }).parse(JSON.parse(page)).requests;
  } catch {
    return null;
  }
}
