// The vllm:* metrics, with vLLM's names, labels and buckets (docs of 0.32, checked against a recorded page).
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Engine } from '../engine/engine.ts';
import type { EngineObserver } from '../engine/engine-observer.ts';
import type { FinishReason, Sequence } from '../engine/sequence.ts';
import type { VllmSimSettings } from '../options.ts';

const finishReasons = ['stop', 'length', 'abort', 'error', 'repetition'];
const firstTokenBuckets = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640,
  2560,
];
const tokenBuckets = [
  0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
];
const requestBuckets = [
  0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680,
];

export class EngineMetrics implements EngineObserver {
  readonly #registry = new Registry();
  readonly #settings: VllmSimSettings;
  readonly #labels: { readonly engine: string; readonly model_name: string };
  readonly #counters = new Map<string, Counter>();
  readonly #histograms = new Map<string, Histogram>();
  readonly #lastTokenMs = new WeakMap<Sequence, number>();

  constructor(settings: VllmSimSettings) {
    this.#settings = settings;
    this.#labels = { engine: '0', model_name: settings.servedNames[0] ?? '' };
    for (const finished_reason of finishReasons) this.#count('request_success', 0, { finished_reason });
    for (const name of ['prefix_cache_queries', 'prefix_cache_hits', 'num_preemptions', 'prompt_tokens'])
      this.#count(name, 0);
    this.#count('generation_tokens', 0);
  }

  stepped(tokens: number): void {
    this.#observe(
      'iteration_tokens_total',
      tokens,
      [1, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384],
    );
  }

  admitted(sequence: Sequence): void {
    this.#count('prefix_cache_queries', sequence.promptTokens);
    this.#count('prefix_cache_hits', sequence.cachedTokens);
    this.#observe(
      'request_queue_time_seconds',
      (sequence.scheduledMs - sequence.arrivedMs) / 1000,
      requestBuckets,
    );
  }

  preempted(): void {
    this.#count('num_preemptions', 1);
  }

  /** A request refused by a queue cap. */
  rejected(reason: 'max_num_queued_reqs' | 'max_num_queued_tokens'): void {
    this.#count('admission_rejections', 1, { reason });
  }

  produced(sequence: Sequence, nowMs: number): void {
    this.#count('generation_tokens', 1);
    if (sequence.producedTokens === 1) {
      this.#count('prompt_tokens', sequence.promptTokens);
      this.#observe('time_to_first_token_seconds', (nowMs - sequence.arrivedMs) / 1000, firstTokenBuckets);
    } else {
      const sinceMs = nowMs - (this.#lastTokenMs.get(sequence) ?? nowMs);
      this.#observe('inter_token_latency_seconds', sinceMs / 1000, tokenBuckets);
    }
    this.#lastTokenMs.set(sequence, nowMs);
  }

  finished(sequence: Sequence, finish: FinishReason, nowMs: number): void {
    this.#count('request_success', 1, { finished_reason: finish });
    this.#observe('e2e_request_latency_seconds', (nowMs - sequence.arrivedMs) / 1000, requestBuckets);
  }

  async text(engine: Engine): Promise<string> {
    this.#gauge('num_requests_running', engine.runningCount);
    this.#gauge('num_requests_waiting', engine.waitingCount);
    this.#gauge(
      this.#settings.oldMetricNames ? 'gpu_cache_usage_perc' : 'kv_cache_usage_perc',
      engine.cache.usage,
    );
    this.#gauge('cache_config_info', 1, {
      block_size: String(engine.options.blockTokens),
      num_gpu_blocks: String(engine.cache.capacityBlocks),
    });
    return await this.#registry.metrics();
  }

  #gauge(name: string, value: number, labels: Readonly<Record<string, string>> = {}): void {
    const full = `vllm:${name}`;
    const known = this.#registry.getSingleMetric(full);
    const labelNames = [...Object.keys(this.#labels), ...Object.keys(labels)];
    const gauge =
      known instanceof Gauge
        ? known
        : new Gauge({ name: full, help: name, labelNames, registers: [this.#registry] });
    gauge.set({ ...this.#labels, ...labels }, value);
  }

  #count(name: string, by: number, labels: Readonly<Record<string, string>> = {}): void {
    let counter = this.#counters.get(name);
    if (counter === undefined) {
      const labelNames = [...Object.keys(this.#labels), ...Object.keys(labels)];
      counter = new Counter({
        name: `vllm:${name}_total`,
        help: name,
        labelNames,
        registers: [this.#registry],
      });
      this.#counters.set(name, counter);
    }
    counter.inc({ ...this.#labels, ...labels }, by);
  }

  #observe(name: string, value: number, buckets: number[]): void {
    let histogram = this.#histograms.get(name);
    if (histogram === undefined) {
      const labelNames = Object.keys(this.#labels);
      histogram = new Histogram({
        name: `vllm:${name}`,
        help: name,
        labelNames,
        buckets,
        registers: [this.#registry],
      });
      this.#histograms.set(name, histogram);
    }
    histogram.observe(this.#labels, value);
  }
}
