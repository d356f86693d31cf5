export * from './create-logger.ts';
export type { Exposition } from './exposition.ts';
export type { FleetReading, PoolReading, WorkerReading } from './fleet-metrics.ts';
export type { InFlight } from './gateway-metrics.ts';
export * from './metric-definitions.ts';
export { metricsPage } from './metrics-page.ts';
export * from './request-record.ts';
export type { StateReading } from './state-metrics.ts';
export * from './telemetry.ts';
