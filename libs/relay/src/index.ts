export { Answer, type AnswerOptions } from './answer.ts';
export * from './carry-leg.ts';
export * from './leg.ts';
export { Pulse, type Watched } from './pulse.ts';
export { WorkerClient } from './worker-client.ts';
