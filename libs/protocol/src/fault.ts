// Every way a request can be refused or fail, in one table. docs/faults.md is checked against it.

/** Who has to act: the caller, whoever buys capacity, whoever runs the workers, or whoever runs Ropeway. */
type FaultOwner = 'client' | 'capacity' | 'worker' | 'platform';

interface FaultDefinition {
  readonly status: number;
  readonly owner: FaultOwner;
  /** OpenAI's coarse `error.type`. */
  readonly type: string;
  /** The public sentence used when the place that raises the fault has nothing more exact to say. */
  readonly message: string;
}

const invalid = 'invalid_request_error';

export const FAULTS = {
  invalid_api_key: {
    status: 401,
    owner: 'client',
    type: invalid,
    message: 'Incorrect API key provided. Send it as "Authorization: Bearer rw_live_…".',
  },
  key_expired: {
    status: 401,
    owner: 'client',
    type: invalid,
    message: 'This API key has expired. Ask your platform team for a new one.',
  },
  key_revoked: {
    status: 401,
    owner: 'client',
    type: invalid,
    message: 'This API key has been revoked. Ask your platform team for a new one.',
  },
  key_not_allowed: { status: 403, owner: 'client', type: invalid, message: 'This API key may not do this.' },
  invalid_json: {
    status: 400,
    owner: 'client',
    type: invalid,
    message: 'The request body is not valid JSON.',
  },
  invalid_request: { status: 400, owner: 'client', type: invalid, message: 'The request is not valid.' },
  field_not_allowed: {
    status: 400,
    owner: 'client',
    type: invalid,
    message: 'This field steers the engine and is not allowed for this key.',
  },
  unsupported_content: {
    status: 400,
    owner: 'client',
    type: invalid,
    message: 'Only text content can be counted by this model.',
  },
  context_length_exceeded: {
    status: 400,
    owner: 'client',
    type: invalid,
    message: 'The request is longer than every window.',
  },
  pool_not_found: {
    status: 400,
    owner: 'client',
    type: invalid,
    message: 'No pool of this model has that name.',
  },
  pool_too_small: {
    status: 400,
    owner: 'client',
    type: invalid,
    message: 'The request does not fit the pool it asks for.',
  },
  model_not_found: { status: 404, owner: 'client', type: invalid, message: 'The model does not exist.' },
  not_found: { status: 404, owner: 'client', type: invalid, message: 'Unknown path.' },
  method_not_allowed: {
    status: 405,
    owner: 'client',
    type: invalid,
    message: 'This path does not take that method.',
  },
  body_timeout: {
    status: 408,
    owner: 'client',
    type: invalid,
    message: 'The request body did not arrive in time.',
  },
  body_too_large: { status: 413, owner: 'client', type: invalid, message: 'The request body is too large.' },
  unsupported_media_type: {
    status: 415,
    owner: 'client',
    type: invalid,
    message: 'Send the body as "content-type: application/json", not compressed.',
  },
  headers_too_large: {
    status: 431,
    owner: 'client',
    type: invalid,
    message: 'The request headers are too large.',
  },
  bad_http: { status: 400, owner: 'client', type: invalid, message: 'The request is not valid HTTP/1.1.' },
  rate_limit_exceeded: {
    status: 429,
    owner: 'client',
    type: 'rate_limit_error',
    message: 'Too many requests for this key.',
  },
  limit_too_small: {
    status: 400,
    owner: 'client',
    type: invalid,
    message: 'The request costs more than a limit of this key can ever grant.',
  },
  insufficient_quota: {
    status: 429,
    owner: 'client',
    type: 'insufficient_quota',
    message: 'The budget of this period is used up. Ask your platform team for more.',
  },
  worker_rejected: {
    status: 400,
    owner: 'client',
    type: invalid,
    message: 'The worker refused the request.',
  },
  client_closed: {
    status: 499,
    owner: 'client',
    type: invalid,
    message: 'The client closed the connection.',
  },
  no_capacity: {
    status: 503,
    owner: 'capacity',
    type: 'capacity_error',
    message: 'Every worker that fits this request is full. Try again shortly.',
  },
  pool_unavailable: {
    status: 503,
    owner: 'capacity',
    type: 'capacity_error',
    message: 'No worker that fits this request is ready. Try again shortly.',
  },
  gateway_busy: {
    status: 503,
    owner: 'capacity',
    type: 'capacity_error',
    message: 'The gateway holds too many request bytes. Try again shortly.',
  },
  keys_unavailable: {
    status: 503,
    owner: 'platform',
    type: 'server_error',
    message: 'The key cannot be checked at the moment. Try again shortly.',
  },
  limits_unavailable: {
    status: 503,
    owner: 'platform',
    type: 'server_error',
    message: 'The limits of this key cannot be checked at the moment. Try again shortly.',
  },
  ledger_full: {
    status: 503,
    owner: 'platform',
    type: 'server_error',
    message: 'The gateway cannot record more usage at the moment. Try again shortly.',
  },
  usage_unavailable: {
    status: 503,
    owner: 'platform',
    type: 'server_error',
    message: 'Usage cannot be read at the moment. Try again shortly.',
  },
  gateway_draining: {
    status: 503,
    owner: 'platform',
    type: 'server_error',
    message: 'This gateway is shutting down. Try again.',
  },
  worker_failed: {
    status: 502,
    owner: 'worker',
    type: 'server_error',
    message: 'The worker failed while it held the request.',
  },
  worker_unreachable: {
    status: 502,
    owner: 'worker',
    type: 'server_error',
    message: 'No worker could be reached for this request.',
  },
  worker_timeout: {
    status: 504,
    owner: 'worker',
    type: 'server_error',
    message: 'The worker did not answer in time.',
  },
  counting_failed: {
    status: 503,
    owner: 'worker',
    type: 'server_error',
    message: 'The prompt could not be counted by a worker. Try again shortly.',
  },
  internal_error: {
    status: 500,
    owner: 'platform',
    type: 'server_error',
    message: 'The gateway made a mistake. Its log has the details under this request id.',
  },
} as const satisfies Record<string, FaultDefinition>;

export type FaultCode = keyof typeof FAULTS;

/** A limit in the words of `GET /v1/limits`: several of one kind may bind a caller. */
export interface RefusingLimit {
  readonly kind: string;
  /** Whose it is: `tenant`, `key`, or `address` for wrong keys. */
  readonly scope: string;
  /** Of a budget: `tokens` or `money`. */
  readonly unit: string | null;
}

export interface FaultDetail {
  /** What is wrong, where, and what to do; public. Defaults to the catalogue's sentence. */
  readonly message?: string;
  /** Path of the field that is wrong, as in `messages[2].content[0].type`. */
  readonly param?: string | null;
  /** Seconds after which a retry makes sense; becomes `retry-after` and `retry-after-ms`. */
  readonly retryAfterMs?: number;
  /** Which limit refused; for the record of the request. */
  readonly limit?: RefusingLimit;
  /** For the log only, never for the client. */
  readonly cause?: unknown;
  /** Status of a worker's own refusal, passed through. */
  readonly status?: number;
  /** A worker's own `error.type`, passed through. */
  readonly type?: string;
}

/** A message repeats names of the request's, and a client may have made one of megabytes. A worker's own is shorter than this. */
const MOST_MESSAGE_CHARACTERS = 8_192;
const MOST_PARAM_CHARACTERS = 512;

/** A refusal or failure with a code of the catalogue. Its message is public; its cause is not. */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly status: number;
  readonly owner: FaultOwner;
  readonly type: string;
  readonly param: string | null;
  readonly retryAfterMs: number | undefined;
  readonly limit: RefusingLimit | undefined;

  constructor(code: FaultCode, detail: FaultDetail = {}) {
    const definition: FaultDefinition = FAULTS[code];
    super(detail.message ?? definition.message, detail.cause === undefined ? {} : { cause: detail.cause });
    this.name = 'Fault';
    this.code = code;
    this.status = detail.status ?? definition.status;
    this.owner = definition.owner;
    this.type = detail.type ?? definition.type;
    this.param = detail.param ?? null;
    this.retryAfterMs = detail.retryAfterMs;
    this.limit = detail.limit;
  }

  /** The body OpenAI's clients expect: `code` is always a string (an integer breaks async-openai). */
  toBody(): { error: { message: string; type: string; param: string | null; code: FaultCode } } {
    const message = this.message.slice(0, MOST_MESSAGE_CHARACTERS);
    const param = this.param?.slice(0, MOST_PARAM_CHARACTERS) ?? null;
    return { error: { message, type: this.type, param, code: this.code } };
  }
}
