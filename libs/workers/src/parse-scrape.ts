// Reads the few lines we need from a worker's /metrics page. A page is up to 200 KB, mostly histogram buckets, and one
// comes every 50 ms: the page is searched for names, never split into lines.

/** One page's figures, summed over the engines of a data-parallel worker; null where the page does not say. */
export interface ScrapedPage {
  /** 0..1, the mean over engines. `gpu_cache_usage_perc` up to 0.11, `kv_cache_usage_perc` since 0.10. */
  readonly kvUsage: number | null;
  readonly runningRequests: number | null;
  readonly waitingRequests: number | null;
  /** Tokens all KV blocks hold. The Rust front end has no `cache_config_info`. */
  readonly kvTokens: number | null;
  /** Counters since the process started; `promptTokens` moves only when a prefill ends. */
  readonly promptTokens: number | null;
  readonly generationTokens: number | null;
  /** Sleep mode: /health says 200 and requests wait for ever. */
  readonly isAsleep: boolean;
}

export function parseScrape(page: string): ScrapedPage {
  const kvUsages = valuesOf(page, 'vllm:kv_cache_usage_perc') ?? valuesOf(page, 'vllm:gpu_cache_usage_perc');
  return {
    kvUsage: kvUsages === null ? null : sum(kvUsages) / kvUsages.length,
    runningRequests: total(page, 'vllm:num_requests_running'),
    waitingRequests: total(page, 'vllm:num_requests_waiting'),
    kvTokens: kvTokensOf(page),
    promptTokens: total(page, 'vllm:prompt_tokens_total'),
    generationTokens: total(page, 'vllm:generation_tokens_total'),
    isAsleep: linesOf(page, 'vllm:engine_sleep_state').some(
      (line) => line.includes('sleep_state="awake"') && sampleValue(line) === 0,
    ),
  };
}

function kvTokensOf(page: string): number | null {
  const engines = linesOf(page, 'vllm:cache_config_info').map((line) => {
    // Said outright since vLLM#42206 (June 2026); before that, blocks times their size.
    const said = Number(labelOf(line, 'kv_cache_size_tokens'));
    if (said > 0) return said;
    return Number(labelOf(line, 'num_gpu_blocks')) * Number(labelOf(line, 'block_size'));
  });
  const tokens = sum(engines);
  // `num_gpu_blocks="None"` until the engine has measured its memory.
  return engines.length > 0 && Number.isFinite(tokens) && tokens > 0 ? tokens : null;
}

function labelOf(line: string, name: string): string | undefined {
  // The character before tells `block_size` from `effective_attention_block_size`.
  return new RegExp(`[{,]${name}="([^"]*)"`).exec(line)?.[1];
}

function total(page: string, name: string): number | null {
  const values = valuesOf(page, name);
  return values === null ? null : sum(values);
}

function valuesOf(page: string, name: string): readonly number[] | null {
  const values = linesOf(page, name).map(sampleValue).filter(Number.isFinite);
  return values.length === 0 ? null : values;
}

/** The number after the labels; label values may hold spaces and braces. A time stamp after it would be ignored. */
function sampleValue(line: string): number {
  const labelsEnd = line.lastIndexOf('}');
  const rest = labelsEnd < 0 ? line.slice(line.indexOf(' ')) : line.slice(labelsEnd + 1);
  return Number.parseFloat(rest);
}

/** The sample lines of one metric. The text format keeps them together, so the search ends with the last of them. */
function linesOf(page: string, name: string): readonly string[] {
  const lines: string[] = [];
  let at = firstSample(page, name);
  while (isSample(page, name, at)) {
    const newline = page.indexOf('\n', at);
    const end = newline < 0 ? page.length : newline;
    lines.push(page.slice(at, end));
    at = end + 1;
  }
  return lines;
}

/** Where the first sample begins; the page's end when there is none. */
function firstSample(page: string, name: string): number {
  if (isSample(page, name, 0)) return 0;
  const needle = `\n${name}`;
  for (let newline = page.indexOf(needle); newline >= 0; newline = page.indexOf(needle, newline + 1)) {
    if (isSample(page, name, newline + 1)) return newline + 1;
  }
  return page.length;
}

/** Names that begin alike (`…_waiting_by_reason`) are told apart by what follows the name. */
function isSample(page: string, name: string, at: number): boolean {
  if (!page.startsWith(name, at)) return false;
  const next = page[at + name.length];
  return next === '{' || next === ' ';
}

function sum(values: readonly number[]): number {
  return values.reduce((left, right) => left + right, 0);
}
