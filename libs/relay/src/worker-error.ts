// A worker's refusal in OpenAI's shape, whatever dialect it came in: vLLM's own object (integer code), FastAPI's
// `detail`, a bare string, the Rust front end's, an error inside a stream, or a proxy's HTML. Pure.
import { Fault, type FaultCode, type FaultDetail } from '#protocol';
import type { LeaseOutcome } from '#workers';

/** What the error means for the request: it is the caller's, or another worker may do better. */
type WorkerVerdict =
  | { readonly kind: 'rejected'; readonly fault: Fault }
  | { readonly kind: 'retry'; readonly lease: LeaseOutcome; readonly why: string; readonly fault: Fault };

interface WorkerError {
  readonly message: string | null;
  /** Of what class it says it is. */
  readonly type: string | null;
  readonly param: string | null;
  readonly status: number | null;
}

/** Texts of vLLM's queue caps and of elastic scaling (serve/exception_handling, 0.29 to 0.33). */
const QUEUE_FULL = /busy|backlog|try again|overloaded|scaling/i;
/** Both front ends' wording, prompt too long and output too long alike. */
const TOO_LONG = /maximum context length|cannot be greater than max_model_len|max_model_len/i;
/** Answers that are about our own relation to the worker (key, path, method, served name), never about the caller. */
const PLATFORM_STATUSES = new Set([401, 403, 404, 405, 407, 421, 426]);
/** Answers of something overloaded between us and the worker, or of a worker that gave up reading. */
const PASSING_STATUSES = new Set([408, 425, 429]);
/** A validation error can repeat the whole request; the client has no use for more. */
const MAX_MESSAGE_CHARACTERS = 4000;

/** `status` of the answer, or of the error itself when it came inside a stream. */
export function readWorkerError(status: number, body: string): WorkerVerdict {
  const error = parse(body);
  const effective = status >= 400 ? status : (error.status ?? 500);
  const said = error.message ?? '';
  const why = inOurWords(effective, error.type);
  if (effective === 503 || PASSING_STATUSES.has(effective)) {
    const isFull = effective === 429 || QUEUE_FULL.test(said);
    return {
      kind: 'retry',
      lease: isFull ? 'queue-full' : 'failed',
      why,
      fault: isFull
        ? new Fault('no_capacity', { retryAfterMs: 1000, cause: why })
        : new Fault('worker_failed', { cause: why }),
    };
  }
  if (effective >= 500 || effective < 400 || PLATFORM_STATUSES.has(effective)) {
    return {
      kind: 'retry',
      lease: 'failed',
      why,
      fault: new Fault('worker_failed', { cause: why }),
    };
  }
  return { kind: 'rejected', fault: rejection(effective, error) };
}

/**
 * For the log. Never its message, which may quote the prompt; whoever needs that finds it in the worker's own log, by the
 * request id. A class is a word.
 */
function inOurWords(status: number, type: string | null): string {
  return `the worker answered ${status}${type !== null && CLASS.test(type) ? ` (${type})` : ''}`;
}

/** `InternalServerError`, `server_error`, `Service Unavailable`. */
const CLASS = /^[A-Za-z]+(?:[ _][A-Za-z]+){0,3}$/;

function rejection(status: number, error: WorkerError): Fault {
  const message = error.message?.slice(0, MAX_MESSAGE_CHARACTERS);
  const code: FaultCode =
    message !== undefined && TOO_LONG.test(message) ? 'context_length_exceeded' : 'worker_rejected';
  const detail: FaultDetail = {
    status,
    param: fieldPath(error.param),
    ...(message === undefined ? {} : { message }),
  };
  return new Fault(code, detail);
}

/** vLLM's schema errors name `body.messages.0.content`; the caller knows no `body`. A byte offset is no field. */
function fieldPath(param: string | null): string | null {
  if (param === null) return null;
  const path = param.replace(/^body\.?/, '');
  if (path === '' || /^\d+$/.test(path)) return null;
  return path.replace(/\.(\d+)(?=\.|$)/g, '[$1]');
}

function parse(body: string): WorkerError {
  const value = parseJson(body);
  if (typeof value === 'string') return described(value);
  if (!isObject(value)) return described(null);
  const inner = value.error ?? value.detail ?? value;
  if (typeof inner === 'string') return described(inner);
  if (Array.isArray(inner)) return described(JSON.stringify(inner));
  if (!isObject(inner)) return described(null);
  const code = inner.code ?? inner.status_code;
  return {
    message: text(inner.message) ?? text(inner.msg),
    type: text(inner.type),
    param: text(inner.param),
    status: typeof code === 'number' && code >= 400 && code < 600 ? code : null,
  };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // A proxy's HTML or nothing at all: it says nothing the caller could use.
    return null;
  }
}

function described(message: string | null): WorkerError {
  return { message, type: null, param: null, status: null };
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
