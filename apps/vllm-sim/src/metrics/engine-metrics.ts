// The vllm:* metrics of one server, with vLLM's names, labels and buckets (0.32, checked against a recorded page).
import type { Engine } from '../engine/engine.ts';
import type { EngineObserver } from '../engine/engine-observer.ts';
import type { FinishReason, Sequence } from '../engine/sequence.ts';
import type { VllmSimSettings } from '../options.ts';
import {
  choicesBounds,
  firstTokenBounds,
  iterationBounds,
  oneTwoFive,
  preemptionBounds,
  requestBounds,
  tokenBounds,
} from './buckets.ts';
import { cacheConfigLabels } from './cache-config.ts';
import { Histogram, head, type Labels, sample } from './series.ts';

type Rejection = 'max_num_queued_reqs' | 'max_num_queued_tokens';

export class EngineMetrics implements EngineObserver {
  readonly #settings: VllmSimSettings;
  readonly #labels: Labels;
  readonly #counters = {
    prefix_cache_queries: 0,
    prefix_cache_hits: 0,
    external_prefix_cache_queries: 0,
    external_prefix_cache_hits: 0,
    mm_cache_queries: 0,
    mm_cache_hits: 0,
    num_preemptions: 0,
    prompt_tokens: 0,
    prompt_tokens_cached: 0,
    generation_tokens: 0,
    estimated_flops_per_gpu: 0,
    estimated_read_bytes_per_gpu: 0,
    estimated_write_bytes_per_gpu: 0,
  };
  readonly #finished = { stop: 0, length: 0, abort: 0, error: 0, repetition: 0 };
  readonly #rejected: Record<Rejection, number> = { max_num_queued_reqs: 0, max_num_queued_tokens: 0 };
  readonly #histograms;
  readonly #lastTokenMs = new WeakMap<Sequence, number>();

  constructor(settings: VllmSimSettings) {
    this.#settings = settings;
    this.#labels = { engine: '0', model_name: settings.servedNames[0] ?? '' };
    const sizes = oneTwoFive(settings.windowTokens);
    const seconds = () => new Histogram(requestBounds);
    this.#histograms = {
      request_prompt_tokens: new Histogram(sizes),
      request_generation_tokens: new Histogram(sizes),
      iteration_tokens_total: new Histogram(iterationBounds),
      request_max_num_generation_tokens: new Histogram(sizes),
      request_params_n: new Histogram(choicesBounds),
      request_params_max_tokens: new Histogram(sizes),
      time_to_first_token_seconds: new Histogram(firstTokenBounds),
      inter_token_latency_seconds: new Histogram(tokenBounds),
      request_time_per_output_token_seconds: new Histogram(tokenBounds),
      e2e_request_latency_seconds: seconds(),
      request_queue_time_seconds: seconds(),
      request_inference_time_seconds: seconds(),
      request_prefill_time_seconds: seconds(),
      request_decode_time_seconds: seconds(),
      request_num_preemptions: new Histogram(preemptionBounds),
      request_prefill_kv_computed_tokens: new Histogram(sizes),
    };
  }

  stepped(tokens: number): void {
    this.#histograms.iteration_tokens_total.observe(tokens);
  }

  admitted(sequence: Sequence): void {
    this.#counters.prefix_cache_queries += sequence.promptTokens;
    this.#counters.prefix_cache_hits += sequence.cachedTokens;
    this.#counters.prompt_tokens_cached += sequence.cachedTokens;
  }

  preempted(): void {
    this.#counters.num_preemptions += 1;
  }

  /** A request refused by a queue cap. */
  rejected(reason: Rejection): void {
    this.#rejected[reason] += 1;
  }

  produced(sequence: Sequence, nowMs: number): void {
    this.#counters.generation_tokens += 1;
    if (sequence.producedTokens === 1) {
      this.#counters.prompt_tokens += sequence.promptTokens;
      this.#histograms.time_to_first_token_seconds.observe((nowMs - sequence.arrivedMs) / 1000);
    } else {
      const sinceMs = nowMs - (this.#lastTokenMs.get(sequence) ?? nowMs);
      this.#histograms.inter_token_latency_seconds.observe(sinceMs / 1000);
    }
    this.#lastTokenMs.set(sequence, nowMs);
  }

  finished(sequence: Sequence, finish: FinishReason, nowMs: number): void {
    const histograms = this.#histograms;
    const { arrivedMs, scheduledMs, firstTokenMs, producedTokens, promptTokens, cachedTokens } = sequence;
    const decodeS = (nowMs - firstTokenMs) / 1000;
    this.#finished[finish] += 1;
    histograms.request_prompt_tokens.observe(promptTokens);
    histograms.request_generation_tokens.observe(producedTokens);
    histograms.request_max_num_generation_tokens.observe(producedTokens);
    histograms.request_params_n.observe(1);
    histograms.request_params_max_tokens.observe(sequence.work.maxTokens);
    histograms.request_time_per_output_token_seconds.observe(
      producedTokens > 1 ? decodeS / (producedTokens - 1) : 0,
    );
    histograms.e2e_request_latency_seconds.observe((nowMs - arrivedMs) / 1000);
    histograms.request_queue_time_seconds.observe((scheduledMs - arrivedMs) / 1000);
    histograms.request_inference_time_seconds.observe((nowMs - scheduledMs) / 1000);
    histograms.request_prefill_time_seconds.observe((firstTokenMs - scheduledMs) / 1000);
    histograms.request_decode_time_seconds.observe(decodeS);
    histograms.request_num_preemptions.observe(sequence.preemptions);
    histograms.request_prefill_kv_computed_tokens.observe(promptTokens - cachedTokens);
  }

  /** The page. HELP texts are the names: nobody reads vLLM's from a simulator. */
  text(engine: Engine): string {
    const counters = Object.entries(this.#counters).map(([name, value]) =>
      this.#one('counter', `${name}_total`, value),
    );
    const histograms = Object.entries(this.#histograms).map(
      ([name, histogram]) =>
        head(`vllm:${name}`, 'histogram', name) + histogram.lines(`vllm:${name}`, this.#labels),
    );
    return [...this.#gauges(engine), ...counters, ...this.#labelled(), ...histograms].join('');
  }

  #gauges(engine: Engine): readonly string[] {
    const usage = this.#settings.oldMetricNames ? 'gpu_cache_usage_perc' : 'kv_cache_usage_perc';
    return [
      this.#one('gauge', 'num_requests_running', engine.runningCount),
      this.#one('gauge', 'num_requests_waiting', engine.waitingCount),
      this.#many('gauge', 'num_requests_waiting_by_reason', 'reason', {
        capacity: engine.waitingCount,
        deferred: 0,
      }),
      this.#many('gauge', 'engine_sleep_state', 'sleep_state', {
        awake: 1,
        weights_offloaded: 0,
        discard_all: 0,
      }),
      this.#one('gauge', usage, engine.cache.usage),
      head('vllm:cache_config_info', 'gauge', 'cache_config_info'),
      sample('vllm:cache_config_info', cacheConfigLabels(engine, this.#settings), 1),
    ];
  }

  #labelled(): readonly string[] {
    const cached = this.#counters.prompt_tokens_cached;
    const computed = this.#counters.prompt_tokens - cached;
    const sources = {
      local_compute: Math.max(0, computed),
      local_cache_hit: cached,
      external_kv_transfer: 0,
    };
    const tiers = { device: cached, host: 0, p2p: 0, disk: 0, external_unspecified: 0 };
    const model = { model_name: this.#labels.model_name ?? '' };
    const rejected = Object.entries(this.#rejected).map(([reason, value]) =>
      sample('vllm:admission_rejections_total', { ...model, reason }, value),
    );
    return [
      this.#many('counter', 'prompt_tokens_by_source_total', 'source', sources),
      this.#many('counter', 'prompt_tokens_cached_by_source_total', 'source', tiers),
      this.#many('counter', 'request_success_total', 'finished_reason', this.#finished),
      // The one metric without an engine label.
      head('vllm:admission_rejections_total', 'counter', 'admission_rejections') + rejected.join(''),
    ];
  }

  #one(type: 'counter' | 'gauge', name: string, value: number): string {
    return head(`vllm:${name}`, type, name) + sample(`vllm:${name}`, this.#labels, value);
  }

  #many(
    type: 'counter' | 'gauge',
    name: string,
    label: string,
    values: Readonly<Record<string, number>>,
  ): string {
    const samples = Object.entries(values).map(([key, value]) =>
      sample(`vllm:${name}`, { ...this.#labels, [label]: key }, value),
    );
    return head(`vllm:${name}`, type, name) + samples.join('');
  }
}
