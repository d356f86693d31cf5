export * from './fault.ts';
export * from './json-body.ts';
export { holdsKey, withoutKeys } from './key-in-text.ts';
export * from './lossless-json.ts';
export * from './parse-completion.ts';
export { invalid, readBoolean } from './read-field.ts';
export * from './request.ts';
export * from './rope.ts';
export * from './usage.ts';
