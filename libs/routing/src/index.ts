export * from './choose-route.ts';
export * from './explain-reason.ts';
export * from './explain-wait.ts';
export * from './route.ts';
export { isInScope, type ToldWhyNot, tellWhyNot } from './why-not.ts';
export { isUsable } from './worker-room.ts';
