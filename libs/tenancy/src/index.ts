export * from './identify.ts';
