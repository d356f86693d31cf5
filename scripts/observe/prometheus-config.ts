// The configuration of a Prometheus that watches Ropeway on this machine, for `npm run observe` and for tests. In JSON,
// which is YAML.

/** Scraped at `http://<address>/metrics`. */
export interface ScrapeTarget {
  /** Host and port: `127.0.0.1:9090`. */
  readonly address: string;
  /** Put on every series of it; `job` names what it is. */
  readonly labels: Readonly<Record<string, string>>;
}

interface PrometheusSettings {
  readonly targets: readonly ScrapeTarget[];
  /** Files with further targets, read again when they change: see `targetGroups`. */
  readonly targetFiles?: readonly string[];
  /** Globs of rule files. */
  readonly ruleFiles?: readonly string[];
  /** Rules are evaluated as often. */
  readonly scrapeIntervalMs: number;
}

export function prometheusConfig(settings: PrometheusSettings): string {
  const { targets, targetFiles = [], ruleFiles = [], scrapeIntervalMs } = settings;
  const interval = `${scrapeIntervalMs}ms`;
  const discovered = targetFiles.length > 0 ? { file_sd_configs: [{ files: targetFiles }] } : {};
  const config = {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: ruleFiles,
    // One for all: a target's own `job` label wins over this name.
    scrape_configs: [{ job_name: 'ropeway', static_configs: targetGroups(targets), ...discovered }],
  };
  return JSON.stringify(config, null, 2);
}

/** As a file of targets holds them (file_sd_configs). */
export function targetGroups(targets: readonly ScrapeTarget[]): readonly unknown[] {
  return targets.map(({ address, labels }) => ({ targets: [address], labels }));
}
