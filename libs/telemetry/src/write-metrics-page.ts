// Writes docs/metrics.md. Run after a change of metric-definitions.ts: node libs/telemetry/src/write-metrics-page.ts
import { writeFileSync } from 'node:fs';
import { metricsPage } from './metrics-page.ts';

writeFileSync(new URL('../../../docs/metrics.md', import.meta.url), metricsPage());
