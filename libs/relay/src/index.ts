export { Answer, type AnswerOptions, type Feeder, SSE_HEADERS } from './answer.ts';
export * from './carry-leg.ts';
export * from './leg.ts';
export { Pulse, type Watched } from './pulse.ts';
export { type ClientOptions, type Exchange, type ExchangeSink, WorkerClient } from './worker-client.ts';
export { readWorkerError, type WorkerVerdict } from './worker-error.ts';
export type { ExchangeFailure } from './worker-socket.ts';
