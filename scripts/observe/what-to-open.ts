// What to open and what to paste, once Prometheus watches.

/** Each has an answer at once, though the three requests of `npm run up` were over before anything was scraped: a rate would show none of them. */
export const QUERIES: readonly { readonly title: string; readonly expression: string }[] = [
  {
    title: 'where requests went, and why',
    expression: 'sum by (prompt_length, rope, reason) (ropeway_route_decisions_total)',
  },
  {
    title: 'time to first token by pool, mean since the start of the gateway',
    expression:
      'sum by (pool) (ropeway_time_to_first_token_seconds_sum) / sum by (pool) (ropeway_time_to_first_token_seconds_count)',
  },
  {
    title: 'tokens a second, by pool',
    expression: 'sum by (pool) (rate(ropeway_completion_tokens_total[1m]))',
  },
  { title: "vLLM's own view: requests that run", expression: 'sum by (pool) (vllm:num_requests_running)' },
];

interface Watching {
  /** Of Prometheus. */
  readonly url: string;
  /** What it scrapes. */
  readonly metrics: string;
  readonly workers: number;
  readonly data: string;
}

export function whatToOpen({ url, metrics, workers, data }: Watching): string {
  const pasted = QUERIES.map(({ title, expression }) => `  # ${title}\n  ${expression}`).join('\n');
  return `
Prometheus on ${url}   watches ${metrics} and ${workers} workers
  figures  ${url}/graph   (the first after some 10 s)
  alerts   ${url}/alerts
  targets  ${url}/targets
  data     ${data}

Paste into ${url}/graph:
${pasted}

Boards for Grafana: helm/ropeway/dashboards (docs/dashboards.md).
Ctrl-C stops it.`;
}
