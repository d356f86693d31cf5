export * from './request-record.ts';
