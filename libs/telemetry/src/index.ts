export type { BoundsReading } from './bound-metrics.ts';
export type { CertificateReading } from './certificate-metrics.ts';
export { certificateValidity } from './certificate-validity.ts';
export * from './create-logger.ts';
export type { Followed } from './debug-log.ts';
export type { DiscoveryReading } from './discovery-metrics.ts';
export type { FleetReading, WorkerReading } from './fleet-metrics.ts';
export { foreignText } from './foreign-text.ts';
export * from './lifecycle.ts';
export * from './metric-definitions.ts';
export { metricsPage } from './metrics-page.ts';
export * from './ops-server.ts';
export type { ParkingBound, PoolParkingReading } from './parking-metrics.ts';
export { PROMPT_LENGTHS, type PromptLength } from './prompt-length.ts';
export { fetchFailure, type OpsPage, readOpsPage } from './read-ops-page.ts';
export { isCalled, RecentRequests } from './recent-requests.ts';
export type { ReloadResult } from './reload-metrics.ts';
export * from './request-record.ts';
export type * from './request-story.ts';
export { overheadMs } from './route-metrics.ts';
export {
  type GatewayState,
  type PollAnswer,
  type ScalerMethod,
  type ScalerStatus,
  ScalerTelemetry,
} from './scaler-telemetry.ts';
export type { StateReading } from './state-metrics.ts';
export * from './step-times.ts';
export * from './telemetry.ts';
export { openTracing } from './tracing/open-tracing.ts';
export type { Tracing, TracingOptions } from './tracing/tracing.ts';
