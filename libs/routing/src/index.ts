export * from './choose-route.ts';
export * from './explain-reason.ts';
export { RANKED_WORKERS } from './rank-workers.ts';
export * from './route.ts';
