// Every label there is. Closed sets: never a key, a prompt or a request id.

/** What a label may hold. `bound` is how many values it can have at most, or what bounds them. */
export const LABELS = {
  endpoint: { values: '`chat`, `text`, `tokenize`, `route`', bound: '4' },
  model: {
    values: 'id of a configured model; `unknown` for any other, `none` before the body was read',
    bound: 'configuration',
  },
  pool: { values: 'name of a configured pool; `none` before one was chosen', bound: 'configuration' },
  rope: { values: '`default`, `yarn-2`, `yarn-4`; `none` before a pool was chosen', bound: 'configuration' },
  outcome: { values: '`completed`, `refused`, `failed`, `client_closed`', bound: '4' },
  code: { values: 'a fault code of faults.md', bound: 'the catalogue' },
  owner: { values: '`client`, `capacity`, `worker`, `platform`', bound: '4' },
  prompt_length: {
    values:
      '`0-1k`, `1k-4k`, `4k-16k`, `16k-32k`, `32k-40k`, `40k-64k`, `64k-128k`, `128k-` (k = 1,024 tokens; 40k, 64k and 128k are the windows of the QwQ pools)',
    bound: '8',
  },
  reason: {
    values: '`smallest-rope`, `output-budget`, `pinned`, `spill`, `prompt-only`, `clipped`',
    bound: '6, then `other`',
  },
  tenant: {
    values:
      'name of a tenant; the first so many seen (`metrics.maxTenantLabels`), the rest together as `other`',
    bound: 'that many and one',
  },
  worker: {
    values: 'URL of a worker of the fleet; its series go when it goes; `none` where it is of none',
    bound: 'the fleet',
  },
  state: {
    values:
      'of a worker: `starting`, `ready`, `down`, `draining`, `quarantined`; of a breaker: `closed`, `open`, `half-open`; of a gateway, to the scaler: `answering`, `silent`, `skipped`, `awaited`',
    bound: '5',
  },
  answer: {
    values: 'of a gateway to the scaler: `read`, `late`, `unreachable`, `refused`, `unreadable`',
    bound: '5',
  },
  method: { values: '`IsActive`, `StreamIsActive`, `GetMetricSpec`, `GetMetrics`', bound: '4' },
  status: { values: '`OK`, `UNAVAILABLE`, `NOT_FOUND`, `INVALID_ARGUMENT`', bound: '4' },
  certificate: {
    values:
      '`worker` (shown by one), `scaler` (shown to KEDA), `pool-authority`, `redis-authority`, `keda-authority`, `extra-authority` (NODE_EXTRA_CA_CERTS)',
    bound: '6',
  },
  resource: { values: '`pods`, `endpointslices`, `inferencepools`', bound: '3' },
  cause: {
    values:
      'of a list: `start`, `expired`, `silent`, `failed`; of a failure: `unreachable`, `timeout`, `unauthorized`, `forbidden`, `expired`, `refused`, `broken`, `unreadable`; of a quarantine: `window`, `served-name`, `labels`, `tokenizer`, `unlike-vllm`, `key`, `asleep`, `address`',
    bound: '8',
  },
  result: {
    values: 'of a configuration: `applied`, `refused`; of a span: `sent`, `lost`',
    bound: '2',
  },
  quantile: { values: '`0.5`, `0.99`, `1`', bound: '3' },
  kind: { values: '`minor`, `major`, `incremental`, `weakcb`', bound: '4' },
  cold: {
    values: '`true` where the request had to wait for a pool without a ready worker, else `false`',
    bound: '2',
  },
  bound: {
    values:
      '`requests`, `tokens`, `bytes` (of all that waits), `time` (waited too long), `obstacle` (no worker can start)',
    bound: '5',
  },
  version: { values: 'version of Ropeway', bound: '1' },
  node: { values: 'version of Node.js', bound: '1' },
} as const satisfies Record<string, { readonly values: string; readonly bound: string }>;

export type LabelName = keyof typeof LABELS;

/** Labels of whatever was sent somewhere. */
export const ROUTE_LABELS = ['model', 'pool', 'rope'] as const;
/** Labels of whatever is said of one worker. */
export const WORKER_LABELS = ['pool', 'worker'] as const;
