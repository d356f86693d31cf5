export * from './leg.ts';
