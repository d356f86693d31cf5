export * from './cost-micro.ts';
export * from './ledger.ts';
export * from './ledger-event.ts';
export * from './null-ledger.ts';
export * from './outbox-ledger.ts';
export type { OutboxOptions, OutboxPorts } from './outbox-options.ts';
export * from './rows-refused.ts';
