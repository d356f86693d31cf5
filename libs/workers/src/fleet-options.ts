// Every number the fleet works with, its unit and where it comes from.

export interface FleetOptions {
  /** Between two looks at a worker's /health, each on a connection of its own. */
  readonly healthIntervalMs: number;
  /** Deadline of one question to a worker. vLLM answered /health within 0.36 s under a 16 MB chat (observed). */
  readonly probeTimeoutMs: number;
  /** After a refused port or a 5xx from /health: how long until the confirming second look. */
  readonly confirmAfterMs: number;
  /** Looks in a row without an answer, and no token meanwhile, that make a worker `down`. */
  readonly missesUntilDown: number;
  /** Between two looks at a quarantined worker. */
  readonly quarantineIntervalMs: number;
  /** Between two comparisons of a ready worker's /v1/models with its declaration. */
  readonly verifyIntervalMs: number;
  /** Between two scrapes of a worker; longer when the fleet is large, see `scrapesPerSecond`. */
  readonly scrapeIntervalMs: number;
  /** Pages a second over the whole fleet (decision D3). */
  readonly scrapesPerSecond: number;
  /** A scraped figure older than this corrects nothing. */
  readonly scrapeFreshMs: number;
  /** A scraped KV use older than this is not shown either. Longer, because a large fleet is scraped rarely. */
  readonly kvUsageFreshMs: number;
  /** How often silence is looked for, and how often the waiting room is woken whatever happened. */
  readonly tickMs: number;
  /** A stream silent for so long on a worker that does not answer is ended, and makes its worker be looked at now. */
  readonly silentMs: number;
  /** On a worker that is leaving, a stream silent for so long after its first token is ended (decision R5). */
  readonly drainingSilentMs: number;
  /** No progress at all on a worker that says it is healthy: it is stalled. See stall-watch.ts. */
  readonly stallMs: number;
  /** A prefill this slow still counts as progress unseen; QwQ-32B on the smallest sensible GPU does over 1,500. */
  readonly slowestPrefillTokensPerSecond: number;
  /** How long a worker counts as refusing after a queue-full answer (decision D3). */
  readonly refusingMs: number;
  /** Share of a worker just back, and how long until it is whole. */
  readonly slowStartShare: number;
  readonly slowStartMs: number;
  readonly breaker: BreakerOptions;
}

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly consecutiveFailures: number;
  /** Or more than half of so many answers. */
  readonly windowAnswers: number;
  /** First pause; doubles with each failed probe up to the longest. Half of each pause is jitter. */
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
}

export const DEFAULT_FLEET_OPTIONS: FleetOptions = {
  healthIntervalMs: 1_000,
  probeTimeoutMs: 2_000,
  confirmAfterMs: 150,
  missesUntilDown: 3,
  quarantineIntervalMs: 5_000,
  verifyIntervalMs: 30_000,
  scrapeIntervalMs: 1_000,
  scrapesPerSecond: 20,
  scrapeFreshMs: 5_000,
  kvUsageFreshMs: 60_000,
  tickMs: 250,
  silentMs: 1_500,
  drainingSilentMs: 15_000,
  stallMs: 15_000,
  slowestPrefillTokensPerSecond: 1_000,
  refusingMs: 1_000,
  slowStartShare: 0.1,
  slowStartMs: 30_000,
  breaker: { consecutiveFailures: 5, windowAnswers: 20, firstPauseMs: 1_000, longestPauseMs: 30_000 },
};
