// Settings of the gateway's own ports, of what it holds in memory, and of what it writes.
import * as z from 'zod';

const host = z.string().min(1);
const port = z.int().min(0).max(65_535);

export const serverSettings = z.strictObject({
  host: host.default('0.0.0.0').describe('Address the OpenAI API listens on.'),
  port: port.default(8080).describe('Port of the OpenAI API; 0 takes a free one.'),
  publicHost: host
    .nullable()
    .default(null)
    .describe('Host name clients use, for what the start prints; null prints `host`.'),
  headersTimeoutMs: z
    .int()
    .min(100)
    .max(600_000)
    .default(15_000)
    .describe('A client gets this long to send its headers.'),
  keepAliveMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(75_000)
    .describe(
      'An idle client connection is kept this long; longer than a load balancer in front keeps it (often 60 s).',
    ),
  leaveMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(2_000)
    .describe(
      'After SIGTERM requests are still served this long, and each answer ends its connection, so that clients with open connections go elsewhere without an error; then new requests get 503.',
    ),
  maxHeaderBytes: z
    .int()
    .min(1024)
    .max(1_048_576)
    .default(16_384)
    .describe('Larger request headers get 431.'),
});

export const opsSettings = z.strictObject({
  host: host
    .default('127.0.0.1')
    .describe('Address of metrics and health. They ask for no key: open it on purpose.'),
  port: port.default(9090).describe('Port of `/metrics`, `/livez` and `/readyz`; 0 takes a free one.'),
});

export const logSettings = z.strictObject({
  level: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Least severe record written.'),
  follow: z
    .strictObject({
      tenants: z.array(z.string().min(1)).default([]).describe('Names of tenants.'),
      keys: z.array(z.string().min(1)).default([]).describe('Ids of keys.'),
    })
    .prefault({})
    .describe('Whose requests leave a line a step as well, whatever the level.'),
});

/** A window of 131,072 tokens, each the longest of Qwen's vocabulary (128 blanks). Much larger ones hold up everybody while they are read. */
const MAX_BODY_BYTES = 131_072 * 128;

export const bodySettings = z.strictObject({
  maxBytes: z
    .int()
    .min(1024)
    .max(1_073_741_824)
    .default(MAX_BODY_BYTES)
    .describe('A larger request body gets 413, unread.'),
  timeoutMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(60_000)
    .describe('A body that has not arrived whole by then gets 408.'),
  inFlightBytes: z
    .int()
    .min(1024)
    .nullable()
    .default(null)
    .describe('Bytes of request bodies held at once; above it 503. null is a quarter of the heap limit.'),
});

const waitMs = z.int().min(0).max(86_400_000);

export const waitingSettings = z.strictObject({
  maxRequests: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(1024)
    .describe('Requests that may wait for room; one more gets 503.'),
  maxTokens: z
    .int()
    .min(0)
    .max(1_000_000_000_000)
    .default(4_000_000)
    .describe('Tokens the waiting requests may need together, prompts and output budgets; more gets 503.'),
  maxBytes: z
    .int()
    .min(0)
    .max(1_099_511_627_776)
    .default(268_435_456)
    .describe('Bytes the bodies of waiting requests may have together; more gets 503.'),
  maxTenantShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe(
      'Share of each of these three that one tenant may have waiting, but at least one request; more gets 503. With a single tenant: 1.',
    ),
  maxWaitMs: waitMs
    .default(120_000)
    .describe(
      'A request waits this long for room, then gets 503. Where pools sleep, longer than a cold start takes.',
    ),
  activationMs: waitMs
    .default(900_000)
    .describe(
      'A pool without a worker that was asked for stays in demand so long, though its callers leave.',
    ),
  unschedulableMs: waitMs
    .default(600_000)
    .describe(
      'Requests wait so long for a pod that fits no node, as a node may be on its way; then they get 503.',
    ),
  obstacleMs: waitMs
    .default(20_000)
    .describe('The same for a pod whose image, configuration or process does not let it start.'),
});

export const metricsSettings = z.strictObject({
  maxTenantLabels: z
    .int()
    .min(0)
    .max(10_000)
    .default(100)
    .describe('Tenants with a label of their own; the rest share `other`.'),
});

export const requestSettings = z.strictObject({
  keep: z
    .int()
    .min(0)
    .max(100_000)
    .default(2_000)
    .describe(
      'Ended requests whose way `GET /requests/{id}` of the ops port still tells, some 2 KB each. 0: only those that run.',
    ),
});

const secretHeaders = z
  .record(z.string().regex(/^[!#$%&'*+.^_`|~\w-]+$/, 'is no name of a header'), z.string())
  .default({});

export const tracingSettings = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .describe(
      'Where spans go: OTLP over HTTP as protobuf, as in `http://collector:4318/v1/traces`. null: no traces, at no cost.',
    ),
  headers: secretHeaders.describe('Sent with each export, by name; secrets better by the file below.'),
  headersFile: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('File of further headers, one `name: value` a line: the key of a collector that wants one.'),
  ratio: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe('Of the requests whose caller decided nothing, the part that is traced.'),
  obeysCallers: z
    .boolean()
    .default(true)
    .describe(
      "Whether a caller's `traceparent` decides for its request. false: the ratio does, and the caller's trace is still joined.",
    ),
  serviceName: z.string().min(1).max(200).default('ropeway').describe('`service.name` of the spans.'),
  maxQueuedSpans: z
    .int()
    .min(512)
    .max(1_000_000)
    .default(8192)
    .describe('While so many wait for the collector, no request begins a trace.'),
  exportTimeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(10_000)
    .describe('An export that is not answered by then is lost.'),
  flushMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(2_000)
    .describe('The last spans have so long when the gateway ends.'),
});
