// Every way the admin API refuses or fails, as one table; the answer is RFC 9457's problem details. The faults of #protocol
// are the data plane's: they speak OpenAI's shape, this API does not.

export const PROBLEMS = {
  bad_request: { status: 400, title: 'The request cannot be read' },
  invalid_fields: { status: 400, title: 'Some fields are not valid' },
  unauthorized: { status: 401, title: 'An admin key is needed' },
  forbidden: { status: 403, title: 'This admin key may only read' },
  not_found: { status: 404, title: 'There is no such thing' },
  method_not_allowed: { status: 405, title: 'This path does not take that method' },
  timeout: { status: 408, title: 'The request did not arrive in time' },
  conflict: { status: 409, title: 'It does not fit what is there' },
  idempotency_mismatch: { status: 409, title: 'This idempotency key was used for another request' },
  idempotency_in_use: { status: 409, title: 'A request with this idempotency key is still running' },
  idempotency_unknown: { status: 409, title: 'How the request with this idempotency key ended is not known' },
  version_mismatch: { status: 412, title: 'It was changed meanwhile' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'Only JSON is taken' },
  too_many_attempts: { status: 429, title: 'Too many wrong admin keys from this address' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal_error: { status: 500, title: 'Something went wrong inside' },
  unavailable: { status: 503, title: 'What it stands on cannot be reached' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One field that is not as it has to be; `path` as in `limits.budgets[0].limit`, '' for the whole body. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

interface ProblemDetails {
  readonly errors?: readonly FieldError[];
  /** Rounded up to whole seconds for `retry-after`. */
  readonly retryAfterMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log only. */
  readonly cause?: unknown;
}

/** Thrown by controllers, hooks, guards and interceptors; written by ProblemFilter. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  /** `detail` is public: one sentence about this very request. */
  constructor(
    code: ProblemCode,
    detail: string,
    { errors = [], retryAfterMs, headers, cause }: ProblemDetails = {},
  ) {
    super(detail, { cause });
    this.code = code;
    this.errors = errors;
    const wait =
      retryAfterMs === undefined
        ? {}
        : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1_000))) };
    this.headers = { ...wait, ...headers };
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  /** `instance` is the path that was asked, without its query. */
  toBody(instance: string): ProblemBody {
    const { status, title } = PROBLEMS[this.code];
    const errors = this.errors.length === 0 ? {} : { errors: this.errors };
    return { type: problemType(this.code), title, status, detail: this.message, instance, ...errors };
  }
}

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly errors?: readonly FieldError[];
}

export const PROBLEM_TYPE = 'application/problem+json';

/** A name, not an address: docs/admin-api.md lists them. */
function problemType(code: ProblemCode): string {
  return `urn:ropeway:problem:${code}`;
}
