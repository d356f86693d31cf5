// A refusal as vLLM says it. Its Python front end has three shapes of error body, its Rust front end a fourth.
type ErrorType =
  | 'BadRequestError'
  | 'Bad Request'
  | 'NotFoundError'
  | 'InternalServerError'
  | 'Service Unavailable'
  | 'PermissionDeniedError';

export class ApiError extends Error {
  readonly status: number;
  readonly type: ErrorType;
  readonly param: string | null;

  constructor(status: number, type: ErrorType, message: string, param: string | null = null) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
  }

  /** As the last event of a stream that had begun: Python's json.dumps, with its spaces (observed). */
  event(): string {
    const spaced = this.body().replaceAll('":', '": ').replaceAll(',"', ', "');
    return `data: ${spaced}\n\ndata: [DONE]\n\n`;
  }

  /** The body vLLM's Python front end sends. */
  body(): string {
    return JSON.stringify({
      error: { message: this.message, type: this.type, param: this.param, code: this.status },
    });
  }
}

/** 400 for a value the engine refuses; vLLM puts the parameter behind the message too. */
export function badParameter(message: string, parameter: string, value?: unknown): ApiError {
  const shown = value === undefined ? '' : `, value=${String(value)}`;
  return new ApiError(400, 'BadRequestError', `${message} (parameter=${parameter}${shown})`, parameter);
}

export function badRequest(message: string, param: string | null = null): ApiError {
  return new ApiError(400, 'BadRequestError', message, param);
}

/** What vLLM 0.33 says when its engine process has gone. */
export function engineDead(): ApiError {
  return new ApiError(500, 'InternalServerError', 'The server had an error while processing your request.');
}

/** What every use of the tokenizer's thread pool says once SIGTERM has come (observed, 0.32 and 0.33). */
export function shutDown(): ApiError {
  return new ApiError(500, 'InternalServerError', 'cannot schedule new futures after shutdown');
}

/** The client has gone; nobody is left to be told. */
export class ClientGone extends Error {}
