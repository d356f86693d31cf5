export * from './fault.ts';
export * from './json-body.ts';
export * from './lossless-json.ts';
export * from './request.ts';
export * from './rope.ts';
export * from './usage.ts';
