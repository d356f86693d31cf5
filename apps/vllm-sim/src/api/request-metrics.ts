// What --enable-per-request-metrics adds to an answer.
import type { Run } from '../generation/run.ts';

export function requestMetrics(run: Run, form: 'whole' | 'stream'): object {
  const timing = run.timing();
  const tokens = run.choices[0]?.completionTokens ?? 0;
  const generationMs = Math.max(timing.finishedMs - timing.firstTokenMs, 0);
  return {
    time_to_first_token_ms: timing.firstTokenMs - timing.arrivedMs,
    generation_time_ms: generationMs,
    queue_time_ms: timing.scheduledMs - timing.arrivedMs,
    mean_itl_ms: tokens > 1 ? generationMs / (tokens - 1) : null,
    tokens_per_second: generationMs > 0 ? ((tokens - 1) / generationMs) * 1000 : null,
    ...(form === 'whole' ? { speculative_decoding: null } : {}),
  };
}
