// Every metric there is, as data: the registry, docs/metrics.md and (later) the dashboards are made from this file.
// Base units: seconds, bytes, tokens. Labels are closed sets; what each may hold is said in LABELS.

export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly unit: 'seconds' | 'bytes' | 'tokens' | 'ratio' | 'state' | 'count';
  readonly help: string;
  readonly labels: readonly LabelName[];
  /** Histograms only. */
  readonly buckets?: Buckets;
  /** What an operator does when it looks wrong; printed in docs/metrics.md and on the panels. */
  readonly whenWrong: string;
}

export interface Buckets {
  /** Upper bounds, inclusive, ascending; +Inf is added. */
  readonly bounds: readonly number[];
  readonly because: string;
}

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

const FIRST_TOKEN_BUCKETS: Buckets = {
  because:
    'From a cached short prompt on an idle worker to a 131,072-token prefill behind a queue (tens of seconds).',
  bounds: [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160],
};
const INTER_TOKEN_BUCKETS: Buckets = {
  because:
    'A 32B model on H100s decodes at 20 to 60 ms a token; below is a small model, above a full batch or preemption.',
  bounds: [0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.08, 0.12, 0.25, 0.5, 1],
};
const ANSWER_BUCKETS: Buckets = {
  because: 'A thinking model writes thousands of tokens: minutes are usual, the total time-out is 2 h.',
  bounds: [0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 7200],
};
const QUEUE_BUCKETS: Buckets = {
  because: 'Waiting for room, from none to the point where callers give up.',
  bounds: [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
};
const COLD_START_BUCKETS: Buckets = {
  because:
    'From a worker that only slept (seconds) over weights in the page cache (a minute) to a download (half an hour).',
  bounds: [1, 2.5, 5, 10, 20, 40, 60, 90, 120, 180, 300, 600, 1200, 1800],
};
const OVERHEAD_BUCKETS: Buckets = {
  because: 'The target is 0.2 ms for a short prompt and 40 ms for a cold 100,000-token one.',
  bounds: [0.0001, 0.0002, 0.0004, 0.0008, 0.0016, 0.003, 0.006, 0.012, 0.025, 0.05, 0.1, 0.25, 1],
};
const TOKENIZER_BUCKETS: Buckets = {
  because: 'From a cached chat (microseconds) to 600 KB of fresh text (up to 500 ms).',
  bounds: [0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1],
};
const BODY_READ_BUCKETS: Buckets = {
  because: "Bodies come from callers' networks; the body time-out ends the slowest.",
  bounds: [0.0001, 0.001, 0.01, 0.1, 1, 10, 60],
};
const DEMAND_BUCKETS: Buckets = {
  because:
    'The windows of the QwQ pools are bounds, so that "how many requests need more than 40,960" can be read off.',
  bounds: [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 40_960, 65_536, 98_304, 131_072],
};
const HEADROOM_BUCKETS: Buckets = {
  because: '0 and below: the prompt alone decided.',
  bounds: [0, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072],
};

const route = ['model', 'pool', 'rope'] as const;
const worker = ['pool', 'worker'] as const;

export const METRICS = {
  requests: {
    name: 'ropeway_requests_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests that ended, by how they ended. A request counts once, whatever its number of attempts.',
    labels: ['endpoint', ...route, 'outcome'],
    whenWrong:
      'A share of `failed` above the error budget: look at ropeway_faults_total by owner, then at the workers it names. A drop to nothing: is the gateway ready, does the balancer reach it?',
  },
  faults: {
    name: 'ropeway_faults_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests refused or failed, by fault code and by who has to act.',
    labels: ['code', 'owner'],
    whenWrong:
      'Look the code up in faults.md: it names the cause and what to check. The owner says whom to call.',
  },
  routeDecisions: {
    name: 'ropeway_route_decisions_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests given a pool, by prompt length, rope and reason.',
    labels: ['prompt_length', 'rope', 'reason'],
    whenWrong:
      'Short prompts on a yarn rope cost answer quality: `output-budget` means callers state large max_tokens, `spill` that the default pool lacks workers, `pinned` that callers ask for it.',
  },
  spills: {
    name: 'ropeway_spills_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests sent to a larger rope than they need because the fitting pool stayed full; by the pool they went to.',
    labels: ['model', 'pool'],
    whenWrong:
      'The smaller pool is too small for its load: add workers to it, or raise spill.afterMs if waiting is better than YaRN.',
  },
  retries: {
    name: 'ropeway_retries_total',
    type: 'counter',
    unit: 'count',
    help: 'Attempts beyond the first, by the pool of the last attempt.',
    labels: ['model', 'pool'],
    whenWrong:
      'Workers refuse, fail or restart: look at ropeway_worker_state and the log lines with attempts above 1.',
  },
  promptTokens: {
    name: 'ropeway_prompt_tokens_total',
    type: 'counter',
    unit: 'tokens',
    help: 'Prompt tokens, by our own count, of requests that were sent to a worker.',
    labels: route,
    whenWrong: 'A jump without more requests means longer prompts: look at ropeway_demand_tokens.',
  },
  completionTokens: {
    name: 'ropeway_completion_tokens_total',
    type: 'counter',
    unit: 'tokens',
    help: 'Tokens generated, as far as they are known (an answer cut by its client counts what came).',
    labels: route,
    whenWrong:
      'Falling while requests do not: workers are slow (ropeway_inter_token_seconds) or callers leave (outcome client_closed).',
  },
  reasoningTokens: {
    name: 'ropeway_reasoning_tokens_total',
    type: 'counter',
    unit: 'tokens',
    help: 'Tokens of thinking among the tokens generated: our own count, where reasoning turned to content (streams only).',
    labels: route,
    whenWrong:
      'Close to all completion tokens: answers end inside their thinking. Look at finish_reason `length` in the log: output budgets are too small.',
  },
  cachedTokens: {
    name: 'ropeway_cached_prompt_tokens_total',
    type: 'counter',
    unit: 'tokens',
    help: "Prompt tokens the worker found in its prefix cache, where it says so (vLLM's --enable-prompt-tokens-details).",
    labels: route,
    whenWrong:
      'Zero: the flag is not set, or prefix caching is off. Falling: more workers than conversations stay on, or KV memory is short.',
  },
  promptCountDifferences: {
    name: 'ropeway_prompt_count_differences_total',
    type: 'counter',
    unit: 'count',
    help: 'Answers whose worker reported another number of prompt tokens than we counted. The target is 0.',
    labels: ['model', 'pool'],
    whenWrong:
      'The worker renders or tokenizes otherwise than its profile says: compare vLLM version, chat template and tokenizer.json with the configuration.',
  },
  demand: {
    name: 'ropeway_demand_tokens',
    type: 'histogram',
    unit: 'tokens',
    help: 'Prompt tokens plus output budget of each measured request, refused ones too.',
    labels: ['model'],
    buckets: DEMAND_BUCKETS,
    whenWrong:
      'Weight above 40,960 without long prompts: callers state large max_tokens, or the assumed output is too large.',
  },
  headroom: {
    name: 'ropeway_window_headroom_tokens',
    type: 'histogram',
    unit: 'tokens',
    help: "The chosen pool's window less the demand. At or below 0 the prompt alone decided.",
    labels: route,
    buckets: HEADROOM_BUCKETS,
    whenWrong:
      'Much weight at 0: the largest window is too small for the assumed output; answers may end with finish_reason `length`.',
  },
  firstToken: {
    name: 'ropeway_time_to_first_token_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'From the arrival of the request to its first token, waiting and retries included. Streams only. Objectives leave out what is `cold`: it waited for a pool that slept.',
    labels: [...route, 'prompt_length', 'cold'],
    buckets: FIRST_TOKEN_BUCKETS,
    whenWrong:
      'Subtract ropeway_queue_seconds: if that is large, add workers; if not, prefill is slow (long prompts, cold prefix caches).',
  },
  interToken: {
    name: 'ropeway_inter_token_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Mean time between two tokens of one answer: (last - first) / (tokens - 1). Completed streams of two tokens or more.',
    labels: route,
    buckets: INTER_TOKEN_BUCKETS,
    whenWrong:
      'Too many requests share a batch, or prefills interrupt decoding: look at ropeway_worker_requests and at the engine.',
  },
  duration: {
    name: 'ropeway_request_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'From the arrival of the request to its end. Completed chat and text requests.',
    labels: route,
    buckets: ANSWER_BUCKETS,
    whenWrong: 'Dominated by the length of answers: compare with completion tokens before you call it slow.',
  },
  queue: {
    name: 'ropeway_queue_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Time a request waited in the gateway for room on a worker: 0 for those that did not wait, and those that waited in vain too.',
    labels: route,
    buckets: QUEUE_BUCKETS,
    whenWrong:
      'The pool is full: add workers, or look at ropeway_worker_state for those that do not take work.',
  },
  overhead: {
    name: 'ropeway_gateway_overhead_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: "Time a completed request spent in the gateway itself: total, less reading the body, less waiting for room, less its workers' time.",
    labels: route,
    buckets: OVERHEAD_BUCKETS,
    whenWrong:
      'Look at ropeway_event_loop_lag_seconds (one core is full: add replicas), then at ropeway_tokenizer_seconds (long cold prompts).',
  },
  tokenizer: {
    name: 'ropeway_tokenizer_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'Rendering and counting a prompt, waiting for a counting thread included.',
    labels: ['prompt_length'],
    buckets: TOKENIZER_BUCKETS,
    whenWrong:
      'Slow for short prompts: the event loop is full. Slow for long ones: too few counting threads, or no history in the cache.',
  },
  bodyRead: {
    name: 'ropeway_body_read_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: "Reading the request body: the caller's network, not the gateway.",
    labels: [],
    buckets: BODY_READ_BUCKETS,
    whenWrong: 'Slow callers or a slow balancer in front; many near the body time-out may be an attack.',
  },
  tenantRequests: {
    name: 'ropeway_tenant_requests_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests that ended, by tenant.',
    labels: ['tenant', 'outcome'],
    whenWrong:
      'One tenant with many `refused` or `client_closed`: talk to them; their log lines have the fault codes.',
  },
  tenantPromptTokens: {
    name: 'ropeway_tenant_prompt_tokens_total',
    type: 'counter',
    unit: 'tokens',
    help: 'Prompt tokens of requests sent to a worker, by tenant.',
    labels: ['tenant'],
    whenWrong: 'A tenant far above its share: set or lower its limits.',
  },
  tenantCompletionTokens: {
    name: 'ropeway_tenant_completion_tokens_total',
    type: 'counter',
    unit: 'tokens',
    help: 'Tokens generated, by tenant.',
    labels: ['tenant'],
    whenWrong: 'A tenant far above its share: set or lower its limits.',
  },
  tenantLimited: {
    name: 'ropeway_tenant_limited_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests refused by a limit, by tenant.',
    labels: ['tenant'],
    whenWrong: 'The limit is too low for a tenant that may have more, or its client ignores retry-after.',
  },
  limiterLocal: {
    name: 'ropeway_limits_local',
    type: 'gauge',
    unit: 'state',
    help: '1 while Redis is away and this gateway counts limits by itself.',
    labels: [],
    whenWrong:
      'Redis is down or slow: see the log for the error. Admission stays within 110 % of the limits; strict tenants get 503.',
  },
  limiterGateways: {
    name: 'ropeway_limits_gateways',
    type: 'gauge',
    unit: 'count',
    help: 'Gateways that count limits together, this one included, as last heard; while Redis is away each grants one part of so many.',
    labels: [],
    whenWrong:
      'Not the number of gateways that run: some cannot reach Redis, or use another redis.keyPrefix.',
  },
  limiterErrors: {
    name: 'ropeway_limits_errors_total',
    type: 'counter',
    unit: 'count',
    help: 'Commands to Redis that failed or took longer than redis.commandTimeoutMs.',
    labels: [],
    whenWrong: 'Redis is overloaded or the network to it loses packets.',
  },
  ledgerWaiting: {
    name: 'ropeway_ledger_waiting_rows',
    type: 'gauge',
    unit: 'count',
    help: 'Rows of the ledger on this gateway, not yet in the database.',
    labels: [],
    whenWrong: 'It grows: the database is away or too slow. At ledger.maxRows new requests get 503.',
  },
  ledgerOpen: {
    name: 'ropeway_ledger_open_intents',
    type: 'gauge',
    unit: 'count',
    help: 'Answers that run and have an intent in the outbox.',
    labels: [],
    whenWrong: 'Far above ropeway_requests_in_flight: a bug; report it.',
  },
  ledgerFull: {
    name: 'ropeway_ledger_full',
    type: 'gauge',
    unit: 'state',
    help: '1 while the outbox takes no more and new requests get 503 ledger_full.',
    labels: [],
    whenWrong: 'Bring the database back, or give the outbox disk space.',
  },
  ledgerDatabaseAway: {
    name: 'ropeway_ledger_database_away',
    type: 'gauge',
    unit: 'state',
    help: '1 while rows cannot be delivered to the database.',
    labels: [],
    whenWrong: 'See the log for the error; rows wait in the outbox meanwhile.',
  },
  ledgerDelivered: {
    name: 'ropeway_ledger_delivered_total',
    type: 'counter',
    unit: 'count',
    help: 'Rows delivered to the database.',
    labels: [],
    whenWrong: 'It stands still under load: the database is away.',
  },
  keysAge: {
    name: 'ropeway_keys_age_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Time since the database last confirmed the keys in memory.',
    labels: [],
    whenWrong:
      'Above 15 s the database is away: known keys go on for auth.offlineHours, strict tenants get 503.',
  },
  keyLookups: {
    name: 'ropeway_key_lookups_total',
    type: 'counter',
    unit: 'count',
    help: 'Keys looked up in the database.',
    labels: [],
    whenWrong: 'Near the request rate: auth.cachedKeys is too small, or somebody tries keys.',
  },
  keysOffline: {
    name: 'ropeway_keys_offline_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests let in on what was last known of their key, the database being away.',
    labels: [],
    whenWrong: 'Bring the database back.',
  },
  answersCut: {
    name: 'ropeway_answers_cut_total',
    type: 'counter',
    unit: 'count',
    help: 'Running answers ended because their key was revoked or their budget used up.',
    labels: [],
    whenWrong: 'Expected after a revocation; else look at the budgets of prepaid tenants.',
  },
  inFlight: {
    name: 'ropeway_requests_in_flight',
    type: 'gauge',
    unit: 'count',
    help: 'Requests begun and not ended.',
    labels: [],
    whenWrong: 'Rising without end while requests do not: workers stall or callers do not read.',
  },
  waiting: {
    name: 'ropeway_requests_waiting',
    type: 'gauge',
    unit: 'count',
    help: 'Requests waiting for room on a worker.',
    labels: [],
    whenWrong: 'Above 0 for long: the fitting pools are full or have no ready worker.',
  },
  parkedRequests: {
    name: 'ropeway_parked_requests',
    type: 'gauge',
    unit: 'count',
    help: 'Requests waiting for room, by the smallest pool that fits them.',
    labels: ['pool'],
    whenWrong:
      'Above 0 for long: does the pool have a ready worker (ropeway_worker_state)? If it sleeps, ropeway_pool_activation must be 1 and its scaler must see it.',
  },
  parkedTokens: {
    name: 'ropeway_parked_tokens',
    type: 'gauge',
    unit: 'tokens',
    help: 'Prompts and output budgets of the waiting requests, by pool; all pools together are bounded by waiting.maxTokens.',
    labels: ['pool'],
    whenWrong: 'Near waiting.maxTokens requests are refused: add workers, or let more wait.',
  },
  parkedBytes: {
    name: 'ropeway_parked_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Bodies of the waiting requests, by pool; all pools together are bounded by waiting.maxBytes.',
    labels: ['pool'],
    whenWrong: 'Near waiting.maxBytes requests are refused: add workers, or memory and a larger bound.',
  },
  parkedOldest: {
    name: 'ropeway_parked_oldest_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'How long the oldest waiting request of a pool has waited; 0 where none waits.',
    labels: ['pool'],
    whenWrong:
      'Near waiting.maxWaitMs callers get 503. A pool that wakes takes ropeway_pool_cold_start_seconds.',
  },
  parkingRefusals: {
    name: 'ropeway_parking_refusals_total',
    type: 'counter',
    unit: 'count',
    help: 'Requests that got 503 instead of (more) waiting, by what ended it.',
    labels: ['pool', 'bound'],
    whenWrong:
      '`time`: the pool wakes or serves too slowly. `obstacle`: no worker can start, the answer and the log say why. `tenant`: one tenant has waiting what one may (waiting.maxTenantShare), the others find room. Else more waits than the bounds of `waiting` allow.',
  },
  outstandingTokens: {
    name: 'ropeway_pool_outstanding_prompt_tokens',
    type: 'gauge',
    unit: 'tokens',
    help: 'Prompt tokens that wait or are being computed, of requests that need this pool (spilled ones too): what scalers go by.',
    labels: ['pool'],
    whenWrong:
      'Above the target of the scaler for long: the pool is at its maximum, or new workers do not start.',
  },
  poolActivation: {
    name: 'ropeway_pool_activation',
    type: 'gauge',
    unit: 'state',
    help: '1 while a pool without a worker is in demand, whether or not whoever asked still waits.',
    labels: ['pool'],
    whenWrong:
      '1 for longer than cold starts take: nobody starts a worker. Is the scaler there, is the pool at its maximum, does a pod have an obstacle?',
  },
  poolActivationAge: {
    name: 'ropeway_pool_activation_age_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Time since a pool without a worker was first asked for; 0 for every other pool.',
    labels: ['pool'],
    whenWrong:
      'Above ropeway_waiting_max_seconds: whoever woke it got 503 by now, and no worker is there. runbooks/pool-does-not-wake.md.',
  },
  coldStart: {
    name: 'ropeway_pool_cold_start_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'From the first request for a pool without a worker to its first ready worker.',
    labels: ['pool'],
    buckets: COLD_START_BUCKETS,
    whenWrong:
      'Longer than waiting.maxWaitMs: who woke the pool gets 503. Image, weights and compile cache are the levers.',
  },
  streams: {
    name: 'ropeway_streams_open',
    type: 'gauge',
    unit: 'count',
    help: 'Streamed answers begun and not ended.',
    labels: [],
    whenWrong: 'Does not fall during drain: long answers are still running; the drain limit ends them.',
  },
  bodyBytes: {
    name: 'ropeway_body_bytes_in_flight',
    type: 'gauge',
    unit: 'bytes',
    help: 'Request-body bytes held in memory.',
    labels: [],
    whenWrong: 'Near its bound requests are refused with gateway_busy: add replicas or memory.',
  },
  workerState: {
    name: 'ropeway_worker_state',
    type: 'gauge',
    unit: 'state',
    help: '1 for the state a worker is in, 0 for the others.',
    labels: [...worker, 'state'],
    whenWrong:
      '`quarantined`: it serves something else than its pool declares; the log and /readyz say what. `down`: it does not answer, or its pod is not Ready.',
  },
  workerQuarantine: {
    name: 'ropeway_worker_quarantine',
    type: 'gauge',
    unit: 'state',
    help: '1 for what a quarantined worker is quarantined for; absent for the others.',
    labels: [...worker, 'cause'],
    whenWrong:
      '`window`, `served-name`, `labels`: its pool is declared otherwise than vLLM was started. `tokenizer`: runbooks/tokenizer-mismatch.md. `key`: the apiKey of the pool. `asleep`: vLLM sleep mode. `unlike-vllm`: the URL. `address`: two pods at one address. The sentence is in /readyz.',
  },
  breakerState: {
    name: 'ropeway_worker_breaker_state',
    type: 'gauge',
    unit: 'state',
    help: "1 for the state a worker's circuit breaker is in, 0 for the others.",
    labels: [...worker, 'state'],
    whenWrong:
      '`open`: the worker failed several requests in a row; look at its own log. It is tried again by itself.',
  },
  workerShare: {
    name: 'ropeway_worker_share_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'The part of its share of work a worker gets; below 1 while it is just back.',
    labels: worker,
    whenWrong: 'Stays below 1: the worker keeps going away and coming back.',
  },
  workerRefusing: {
    name: 'ropeway_worker_refusing',
    type: 'gauge',
    unit: 'state',
    help: '1 when the worker said within the last second that its queue is full.',
    labels: worker,
    whenWrong: "The worker's own queue bound is below what the gateway sends: raise it, or add workers.",
  },
  workerStalled: {
    name: 'ropeway_worker_stalled',
    type: 'gauge',
    unit: 'state',
    help: '1 when the worker accepts work and makes no progress.',
    labels: worker,
    whenWrong: 'The engine hangs although it says it is healthy: restart it.',
  },
  workerRequests: {
    name: 'ropeway_worker_requests',
    type: 'gauge',
    unit: 'count',
    help: 'Requests this gateway has on the worker.',
    labels: worker,
    whenWrong: 'Far apart within a pool: one worker is slow, or long prompts stick to it.',
  },
  workerQueuedTokens: {
    name: 'ropeway_worker_queued_tokens',
    type: 'gauge',
    unit: 'tokens',
    help: 'Uncached prompt tokens this gateway sent to the worker that wait for their first token.',
    labels: worker,
    whenWrong: 'At the full mark (fullQueuedTokens) for long: prefill is the bottleneck, add workers.',
  },
  workerKvUsed: {
    name: 'ropeway_worker_kv_used_tokens',
    type: 'gauge',
    unit: 'tokens',
    help: 'KV tokens this gateway believes in use on the worker.',
    labels: worker,
    whenWrong: 'Near ropeway_worker_kv_capacity_tokens: the engine will preempt; add workers.',
  },
  workerKvCapacity: {
    name: 'ropeway_worker_kv_capacity_tokens',
    type: 'gauge',
    unit: 'tokens',
    help: 'KV tokens the worker holds.',
    labels: worker,
    whenWrong:
      'Smaller than its siblings: another GPU, another memory share, or it does not say and the configured value is wrong.',
  },
  workerScrapeAge: {
    name: 'ropeway_worker_scrape_age_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: "Age of the worker's own metrics as the gateway last read them; absent until it read them once.",
    labels: worker,
    whenWrong:
      'Above a few seconds: /metrics of the worker does not answer; placement goes by our own counters alone.',
  },
  poolWindow: {
    name: 'ropeway_pool_window_tokens',
    type: 'gauge',
    unit: 'tokens',
    help: 'The window of each pool as declared.',
    labels: route,
    whenWrong: 'Differs between gateways: they run with different configurations.',
  },
  poolComing: {
    name: 'ropeway_pool_coming_pods',
    type: 'gauge',
    unit: 'count',
    help: 'Pods of the pool that are there, were not asked to end, and are not Ready.',
    labels: ['pool'],
    whenWrong:
      'Above 0 for longer than a cold start takes: /readyz says what keeps them, in the words of Kubernetes.',
  },
  poolStuck: {
    name: 'ropeway_pool_coming_stuck',
    type: 'gauge',
    unit: 'state',
    help: '1 while none of the pods on their way to the pool can start as things stand.',
    labels: ['pool'],
    whenWrong:
      'No node fits, the image cannot be pulled, the container crashes or its configuration is wrong: /readyz says which.',
  },
  discoverySynced: {
    name: 'ropeway_discovery_synced',
    type: 'gauge',
    unit: 'state',
    help: '1 once every list of the API server was read; absent where the configuration names the workers.',
    labels: [],
    whenWrong:
      '0: the gateway has found no workers yet and is not ready. /readyz says why: the address, the credentials, or a right that is not granted.',
  },
  discoveryAge: {
    name: 'ropeway_discovery_age_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'Time since the API server last said something on this watch, were it that nothing changed.',
    labels: ['resource'],
    whenWrong:
      'Above 120 s: the API server is away or hangs. The last table holds, workers that die are found by the gateway itself, new ones are not.',
  },
  discoveryLists: {
    name: 'ropeway_discovery_lists_total',
    type: 'counter',
    unit: 'count',
    help: 'Whole lists read, by why: at the start, after a watch that expired, was silent or could not be read.',
    labels: ['resource', 'cause'],
    whenWrong:
      '`expired` and `failed` all the time: the API server restarts, or something between cuts its answers. `silent` in an idle cluster is expected.',
  },
  discoveryFailures: {
    name: 'ropeway_discovery_failures_total',
    type: 'counter',
    unit: 'count',
    help: 'Questions to the API server that failed, by cause; each is tried again after a pause.',
    labels: ['resource', 'cause'],
    whenWrong:
      '`forbidden`: the service account lacks list or watch on this resource. `unauthorized`: its token. The others: the API server or the way to it.',
  },
  discoveryIgnored: {
    name: 'ropeway_discovery_ignored_pods',
    type: 'gauge',
    unit: 'count',
    help: 'Pods that match and belong to no configured pool.',
    labels: [],
    whenWrong: '/readyz names each, and what to change: a label, the selector, or the configured pools.',
  },
  tokenizerMismatches: {
    name: 'ropeway_tokenizer_mismatches_total',
    type: 'counter',
    unit: 'count',
    help: 'Looks at a worker that found it counts the sample prompts otherwise than we do.',
    labels: ['pool'],
    whenWrong:
      'The worker is quarantined with this reason: it has another tokenizer, template or front end than the profile.',
  },
  configReloads: {
    name: 'ropeway_config_reloads_total',
    type: 'counter',
    unit: 'count',
    help: 'Configurations read while running, by what became of them.',
    labels: ['result'],
    whenWrong: '`refused`: the file is wrong and the old configuration stays; the log lists every problem.',
  },
  configRefused: {
    name: 'ropeway_config_refused',
    type: 'gauge',
    unit: 'state',
    help: '1 while the configuration as it was last read is refused, and an older one is in force.',
    labels: [],
    whenWrong: 'The log lists every problem of it. A restart would fail on it.',
  },
  configApplied: {
    name: 'ropeway_config_applied_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When the configuration in force was applied, Unix time.',
    labels: [],
    whenWrong: 'Older than your last change: the reload did not happen or was refused.',
  },
  waitingMax: {
    name: 'ropeway_waiting_max_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'waiting.maxWaitMs: a request that waits longer gets 503.',
    labels: [],
    whenWrong: 'Below what a cold start takes where pools sleep: whoever wakes one gets 503.',
  },
  ledgerMaxRows: {
    name: 'ropeway_ledger_max_rows',
    type: 'gauge',
    unit: 'count',
    help: 'ledger.maxRows: so many rows may wait for the database. Absent without a database.',
    labels: [],
    whenWrong: 'Too small for your longest outage of the database, by the request rate.',
  },
  keysOfflineMax: {
    name: 'ropeway_keys_offline_max_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'auth.offlineHours: known keys go on for so long while the database is away. Absent without a database.',
    labels: [],
    whenWrong: 'Shorter than your longest outage of the database: then every key gets 503.',
  },
  certificateNotBefore: {
    name: 'ropeway_certificate_not_before_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When a certificate begins to be valid, Unix time.',
    labels: ['certificate', 'pool', 'worker'],
    whenWrong: 'In the future: a clock is wrong.',
  },
  certificateNotAfter: {
    name: 'ropeway_certificate_not_after_timestamp_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When a certificate ends, Unix time: of a chain the one that ends first, of several authorities the one that ends last. `pool` and `worker` are `none` where it is of neither.',
    labels: ['certificate', 'pool', 'worker'],
    whenWrong: 'Less than a fifth of its life left: it is not renewed. runbooks/certificate-near-end.md.',
  },
  scalerGateways: {
    name: 'ropeway_scaler_gateways',
    type: 'gauge',
    unit: 'count',
    help: 'Gateways as this scaler sees them: answering; silent, and counted with their last answer; silent for too long, and skipped; not heard yet, and waited for.',
    labels: ['state'],
    whenWrong:
      '`skipped`: demand of that gateway is not counted; can the scaler reach its ops port (NetworkPolicy)? None at all: no pod has the labels of `scaler.gateways.selector`, or none is Ready.',
  },
  scalerPolls: {
    name: 'ropeway_scaler_gateway_polls_total',
    type: 'counter',
    unit: 'count',
    help: "The scaler's questions to gateways, by what came back.",
    labels: ['answer'],
    whenWrong:
      '`unreachable` or `late`: the network, or a gateway whose event loop is held. `refused` or `unreadable`: something else listens there, or a gateway of another version; the log quotes it.',
  },
  scalerWhole: {
    name: 'ropeway_scaler_whole',
    type: 'gauge',
    unit: 'state',
    help: '1 while what the scaler knows covers every Ready gateway. At 0 it answers UNAVAILABLE, and KEDA leaves replicas as they are.',
    labels: [],
    whenWrong:
      '0 for long: no pool is scaled, and none wakes. Look at ropeway_scaler_gateways and at the log.',
  },
  scalerDemand: {
    name: 'ropeway_scaler_demand_tokens',
    type: 'gauge',
    unit: 'tokens',
    help: 'Prompt tokens of requests that need the pool and have no first token yet, over all gateways. KEDA is told it, but no more than the target of its trigger for each request: a prompt is computed by one worker. Absent while the scaler does not know.',
    labels: ['pool'],
    whenWrong:
      'High for long: the pool is at its maximum, its workers do not start, or KEDA does not ask (ropeway_scaler_keda_streams, ropeway_scaler_answers_total).',
  },
  scalerKvUsage: {
    name: 'ropeway_scaler_kv_usage_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'KV cache in use, added up over the workers of the pool, 1 for each full one: what KEDA is told. Absent while the scaler does not know.',
    labels: ['pool'],
    whenWrong: 'Near the number of workers: they preempt; raise the maximum of the pool.',
  },
  scalerActive: {
    name: 'ropeway_scaler_pool_active',
    type: 'gauge',
    unit: 'state',
    help: '1 while something waits for the pool, runs on it or wakes it; at 0 KEDA takes it to zero when the cool-down is over. Absent while the scaler does not know.',
    labels: ['pool'],
    whenWrong: '1 without requests: an activation lease is alive (waiting.activationMs), or a gateway hangs.',
  },
  scalerStreams: {
    name: 'ropeway_scaler_keda_streams',
    type: 'gauge',
    unit: 'count',
    help: 'Streams KEDA holds open at this replica to be told at once that a pool is needed. Each is held at one of the replicas.',
    labels: ['pool'],
    whenWrong:
      'The sum over the replicas is 0: a sleeping pool wakes only when KEDA polls. Is KEDA up, does its NetworkPolicy let it out, is the trigger `external-push`?',
  },
  scalerAnswers: {
    name: 'ropeway_scaler_answers_total',
    type: 'counter',
    unit: 'count',
    help: 'Calls of KEDA that were answered, by method and gRPC status. A stream counts when it ends.',
    labels: ['method', 'status'],
    whenWrong:
      '`NOT_FOUND` and `INVALID_ARGUMENT`: the metadata of a trigger is wrong; our log names the ScaledObject and says what to change. `UNAVAILABLE`: see ropeway_scaler_whole.',
  },
  traceSpans: {
    name: 'ropeway_trace_spans_total',
    type: 'counter',
    unit: 'count',
    help: 'Spans by what became of them: taken by the collector, or lost with a failed export. Absent while traces are off.',
    labels: ['result'],
    whenWrong:
      '`lost` grows: the collector at tracing.url is away or refuses; the log has its answer. Requests are not affected.',
  },
  tracesDropped: {
    name: 'ropeway_traces_dropped_total',
    type: 'counter',
    unit: 'count',
    help: 'Sampled requests that left no trace because tracing.maxQueuedSpans waited for the collector. Absent while traces are off.',
    labels: [],
    whenWrong: 'The collector is slower than the spans come: lower tracing.ratio, or give it more.',
  },
  logLinesDropped: {
    name: 'ropeway_log_lines_dropped_total',
    type: 'counter',
    unit: 'count',
    help: 'Log lines dropped because standard output took none for too long, or nobody reads it any more.',
    labels: [],
    whenWrong: 'Whatever reads our standard output is stuck or too slow.',
  },
  eventLoopLag: {
    name: 'ropeway_event_loop_lag_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'How late timers of the event loop fire, over the time since the last scrape.',
    labels: ['quantile'],
    whenWrong:
      'p99 above 20 ms delays every stream: one core is full (add replicas), or something blocks (long garbage collection, a huge body).',
  },
  eventLoopUtilization: {
    name: 'ropeway_event_loop_utilization_ratio',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the time since the last scrape the event loop was busy.',
    labels: [],
    whenWrong: 'Above 0.8: add replicas before latency grows.',
  },
  gcSeconds: {
    name: 'ropeway_gc_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'Time spent in garbage collection.',
    labels: ['kind'],
    whenWrong: 'A rising share of `major`: memory is short; raise the limit or look for a leak.',
  },
  cpuSeconds: {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    unit: 'seconds',
    help: 'User and system CPU time of the process.',
    labels: [],
    whenWrong: 'Near one core on the event loop: add replicas.',
  },
  residentBytes: {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Resident memory of the process.',
    labels: [],
    whenWrong: 'Rising without end at steady load: a leak; take a heap snapshot.',
  },
  startTime: {
    name: 'process_start_time_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'When the process started, Unix time.',
    labels: [],
    whenWrong: 'Changes without a rollout: the process dies and is started again.',
  },
  heapUsedBytes: {
    name: 'nodejs_heap_size_used_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'JavaScript heap in use.',
    labels: [],
    whenWrong:
      'Near the heap limit: garbage collection takes over; raise --max-old-space-size or add replicas.',
  },
  externalBytes: {
    name: 'nodejs_external_memory_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Memory outside the JavaScript heap: buffers of bodies and streams.',
    labels: [],
    whenWrong:
      'Rising with ropeway_body_bytes_in_flight: large bodies. Rising alone: streams whose clients do not read.',
  },
  buildInfo: {
    name: 'ropeway_build_info',
    type: 'gauge',
    unit: 'state',
    help: 'Always 1; its labels say what runs.',
    labels: ['version', 'node'],
    whenWrong: 'More than one version for long: a rollout is stuck.',
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricId = keyof typeof METRICS;
/** The ids of the metrics of one type, as in `MetricOf<'counter'>`. */
export type MetricOf<Type extends MetricDefinition['type']> = {
  [Id in MetricId]: (typeof METRICS)[Id]['type'] extends Type ? Id : never;
}[MetricId];
/** A value for each label of a metric. */
export type LabelsOf<Id extends MetricId> = Readonly<Record<(typeof METRICS)[Id]['labels'][number], string>>;
