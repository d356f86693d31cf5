export * from './caller.ts';
export * from './identify.ts';
export * from './key-digest.ts';
export * from './key-ring.ts';
export * from './key-token.ts';
export * from './registry.ts';
