// What a test can make a server do wrong. The first five meet the next requests for text; the others the whole server.
import { JsonNumber, type LosslessJson } from '#protocol';
import { type Fields, flag, number, text } from '../api/fields.ts';

interface Repeated {
  /** How many requests for text it meets; null for all from now on. Default 1. */
  readonly count?: number | null;
}

export type RequestFault = Repeated &
  (
    | {
        readonly kind: 'status';
        readonly status: number;
        /** Whose shape of error body. Default: the server's own front end. */
        readonly dialect?: ErrorDialect;
        readonly message?: string;
        /** Sent as `retry-after`, seconds. */
        readonly retryAfterS?: number;
      }
    /** vLLM's own 503 of a full queue. */
    | { readonly kind: 'queue-full' }
    /** Answers after a delay, before anything is looked at. */
    | { readonly kind: 'slow'; readonly delayMs: number }
    /** Accepts, sends so many tokens (default none) and then nothing, for ever. */
    | { readonly kind: 'stall'; readonly afterTokens?: number }
    /** Closes the connection after so many tokens (default none), orderly or with a reset, with an error event before or without. */
    | {
        readonly kind: 'cut';
        readonly afterTokens?: number;
        readonly reset?: boolean;
        readonly withError?: boolean;
      }
    /** An error event and [DONE] after so many tokens (at least one); 500 for what does not stream. */
    | { readonly kind: 'error-event'; readonly afterTokens?: number; readonly message?: string }
    /** 200 with finish_reason "abort" and no tokens, as token-id requests get during shutdown. */
    | { readonly kind: 'abort-empty' }
    /** 200 and only `data: [DONE]`, as vLLM 0.32 answers token-id streams during shutdown. */
    | { readonly kind: 'done-only' }
  );

/** openai: {"error":{…}}; string: {"error":"…"}; detail: {"detail":"…"}; rust: a string code; html: a proxy's page. */
export type ErrorDialect = 'python' | 'string' | 'detail' | 'rust' | 'html';

export type ServerFault =
  /** The port refuses, running answers go on; `refuse: false` opens it again. */
  | { readonly kind: 'refuse'; readonly on?: boolean }
  /** /health answers 503. */
  | { readonly kind: 'unhealthy'; readonly on?: boolean }
  /** /v1/models shows another window than the one in force. */
  | { readonly kind: 'wrong-window'; readonly windowTokens: number }
  /** Prompts are rendered as the Rust front end does: other counts, same errors. */
  | { readonly kind: 'wrong-tokenizer'; readonly on?: boolean }
  /** The engine stands still while everything else answers. */
  | { readonly kind: 'freeze'; readonly on?: boolean }
  /** The engine process is killed: error events, 500s, then the port refuses. */
  | { readonly kind: 'engine-death' };

export type SimFault = RequestFault | ServerFault;

const serverFaults: readonly string[] = [
  'refuse',
  'unhealthy',
  'wrong-window',
  'wrong-tokenizer',
  'freeze',
  'engine-death',
];

export function isServerFault(fault: SimFault): fault is ServerFault {
  return serverFaults.includes(fault.kind);
}

/** A fault from the admin endpoint; null when the body is none. */
export function faultOf(value: LosslessJson): SimFault | null {
  if (!(value instanceof Map)) return null;
  const fields: Fields = value;
  const count = fields.get('count') === null ? null : (number(fields, 'count') ?? 1);
  const afterTokens = number(fields, 'afterTokens') ?? 0;
  const on = flag(fields, 'on', true);
  const kind = text(fields, 'kind');
  switch (kind) {
    case 'status':
      return statusFault(fields, count);
    case 'slow':
      return { kind, count, delayMs: number(fields, 'delayMs') ?? 1_000 };
    case 'stall':
      return { kind, count, afterTokens };
    case 'cut':
      return { kind, count, afterTokens, reset: flag(fields, 'reset'), withError: flag(fields, 'withError') };
    case 'error-event':
      return { kind, count, afterTokens };
    case 'queue-full':
    case 'abort-empty':
    case 'done-only':
      return { kind, count };
    case 'wrong-window':
      return fields.get('windowTokens') instanceof JsonNumber
        ? { kind, windowTokens: number(fields, 'windowTokens') ?? 0 }
        : null;
    case 'refuse':
    case 'unhealthy':
    case 'wrong-tokenizer':
    case 'freeze':
      return { kind, on };
    case 'engine-death':
      return { kind };
    default:
      return null;
  }
}

function statusFault(fields: Fields, count: number | null): SimFault {
  const dialects: readonly ErrorDialect[] = ['python', 'string', 'detail', 'rust', 'html'];
  const dialect = dialects.find((name) => name === text(fields, 'dialect'));
  const message = text(fields, 'message');
  const retryAfterS = number(fields, 'retryAfterS');
  return {
    kind: 'status',
    count,
    status: number(fields, 'status') ?? 500,
    ...(dialect === undefined ? {} : { dialect }),
    ...(message === null ? {} : { message }),
    ...(retryAfterS === null ? {} : { retryAfterS }),
  };
}
