// Why a question to the API server came to nothing: one closed set, so that it can be a metric's label.

/**
 * `unreachable`: no connection. `timeout`: no answer, or silence, for too long. `unauthorized`: 401, or our own credentials
 * cannot be read. `forbidden`: 403. `expired`: 410, as a status or inside a watch. `refused`: any other status. `broken`: the
 * answer was cut off. `unreadable`: it is not what it should be.
 */
export type FailureCause = (typeof FAILURE_CAUSES)[number];

export const FAILURE_CAUSES = [
  'unreachable',
  'timeout',
  'unauthorized',
  'forbidden',
  'expired',
  'refused',
  'broken',
  'unreadable',
] as const;

export class ApiFailure extends Error {
  readonly kind: FailureCause;
  /** The server asked for so long a pause (429, 503). */
  readonly retryAfterMs: number;

  constructor(kind: FailureCause, message: string, retryAfterMs = 0) {
    super(message);
    this.name = 'ApiFailure';
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}

/** What was thrown while an answer was read: our own failures as they are, anything else with this cause. */
export function asFailure(error: unknown, kind: FailureCause): ApiFailure {
  if (error instanceof ApiFailure) return error;
  return new ApiFailure(kind, error instanceof Error ? describe(error) : String(error));
}

/** The failure of an answer that is no success; `message` is the API server's own. */
export function failureOf(status: number, message: string, retryAfterMs = 0): ApiFailure {
  const text = `${status}: ${message}`;
  switch (status) {
    case 401:
      return new ApiFailure('unauthorized', text);
    case 403:
      return new ApiFailure('forbidden', text);
    case 410:
      return new ApiFailure('expired', text);
    default:
      return new ApiFailure('refused', text, retryAfterMs);
  }
}

function describe(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === undefined || error.message.includes(code) ? error.message : `${code}: ${error.message}`;
}
