// Writes the docs and dashboards that come from the code: `npm run docs`. Tests fail while they differ.
import { readFileSync, writeFileSync } from 'node:fs';
import { configurationTable } from '#config';
import { metricsPage } from '#telemetry';
import { writeChartDocs } from './chart/write-chart-docs.ts';
import { writeDashboards } from './dashboards/write-dashboards.ts';
import { sloRules } from './slo/slo-rules.ts';
import { sloPage } from './slo/slo-table.ts';

const configuration = 'docs/configuration.md';
const [before, after] = [/^[\s\S]*<!-- settings -->\n/, /<!-- \/settings -->[\s\S]*$/].map(
  (part) => part.exec(readFileSync(configuration, 'utf8'))?.[0],
);
writeFileSync(configuration, `${before}${configurationTable()}${after}`);
writeFileSync('docs/metrics.md', metricsPage());
writeFileSync('helm/ropeway/rules/slo.yaml', sloRules());
writeFileSync('docs/slo.md', sloPage(readFileSync('docs/slo.md', 'utf8')));
writeChartDocs();
writeDashboards();
