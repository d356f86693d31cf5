export * from './fault.ts';
export * from './json-body.ts';
export * from './lossless-json.ts';
export * from './parse-completion.ts';
export * from './parse-messages.ts';
export { invalid, readBoolean, readString } from './read-field.ts';
export * from './request.ts';
export * from './rope.ts';
export * from './usage.ts';
