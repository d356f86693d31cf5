// What a log line says of an error: its name, its words, its code, where it came from and what caused it. Nothing else that it
// carries: drivers hang on their errors what they were asked, ioredis the password of AUTH, PGlite each parameter of a statement.
import { types } from 'node:util';

interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
  /** Of an AggregateError: a connection that failed on v4 and v6 has no words of its own. */
  readonly errors?: readonly LoggedError[];
}

/** A cause of a cause of a cause says nothing more, and a circle has no end. */
const DEEPEST = 4;
const MOST_ERRORS = 10;

/** Never throws. */
export function loggedError(error: unknown, depth = 1): LoggedError {
  if (!types.isNativeError(error)) return { type: typeof error, message: textOf(error) };
  const { name, message, stack, cause } = error;
  const code: unknown = Reflect.get(error, 'code');
  const inner = depth < DEEPEST;
  const errors: unknown = inner ? Reflect.get(error, 'errors') : undefined;
  return {
    type: name,
    message,
    ...(typeof code === 'string' ? { code } : {}),
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined || !inner ? {} : { cause: loggedError(cause, depth + 1) }),
    ...(Array.isArray(errors)
      ? { errors: errors.slice(0, MOST_ERRORS).map((each) => loggedError(each, depth + 1)) }
      : {}),
  };
}

/** Of an object only what kind it is: it may hold anything, and have no text of its own. */
function textOf(thrown: unknown): string {
  return typeof thrown === 'object' ? Object.prototype.toString.call(thrown) : String(thrown);
}
