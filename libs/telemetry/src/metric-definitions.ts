// Every metric there is, as data: the registry, docs/metrics.md and the dashboards are made from this list, which joins those
// of definitions/, one a subject. Base units: seconds, bytes, tokens.
import { CERTIFICATE_DEFINITIONS } from './definitions/certificate-definitions.ts';
import { CONFIGURATION_DEFINITIONS } from './definitions/configuration-definitions.ts';
import { DISCOVERY_DEFINITIONS } from './definitions/discovery-definitions.ts';
import { KEY_DEFINITIONS } from './definitions/key-definitions.ts';
import { LEDGER_DEFINITIONS } from './definitions/ledger-definitions.ts';
import { LIMIT_DEFINITIONS } from './definitions/limit-definitions.ts';
import type { MetricDefinition } from './definitions/metric-definition.ts';
import { PARKING_DEFINITIONS } from './definitions/parking-definitions.ts';
import { POOL_DEFINITIONS } from './definitions/pool-definitions.ts';
import { PROCESS_DEFINITIONS } from './definitions/process-definitions.ts';
import { REQUEST_DEFINITIONS } from './definitions/request-definitions.ts';
import { SCALER_DEFINITIONS } from './definitions/scaler-definitions.ts';
import { TENANT_DEFINITIONS } from './definitions/tenant-definitions.ts';
import { TIME_DEFINITIONS } from './definitions/time-definitions.ts';
import { TOKEN_DEFINITIONS } from './definitions/token-definitions.ts';
import { TRACE_DEFINITIONS } from './definitions/trace-definitions.ts';
import { WORKER_LOAD_DEFINITIONS } from './definitions/worker-load-definitions.ts';
import { WORKER_STATE_DEFINITIONS } from './definitions/worker-state-definitions.ts';

export { LABELS, type LabelName } from './definitions/labels.ts';
export type { Buckets, MetricDefinition } from './definitions/metric-definition.ts';

export const METRICS = {
  ...REQUEST_DEFINITIONS,
  ...TOKEN_DEFINITIONS,
  ...TIME_DEFINITIONS,
  ...TENANT_DEFINITIONS,
  ...POOL_DEFINITIONS,
  ...PARKING_DEFINITIONS,
  ...WORKER_STATE_DEFINITIONS,
  ...WORKER_LOAD_DEFINITIONS,
  ...DISCOVERY_DEFINITIONS,
  ...LIMIT_DEFINITIONS,
  ...LEDGER_DEFINITIONS,
  ...KEY_DEFINITIONS,
  ...CONFIGURATION_DEFINITIONS,
  ...CERTIFICATE_DEFINITIONS,
  ...SCALER_DEFINITIONS,
  ...TRACE_DEFINITIONS,
  ...PROCESS_DEFINITIONS,
} as const satisfies Record<string, MetricDefinition>;

export type MetricId = keyof typeof METRICS;
