import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseScrape } from './parse-scrape.ts';

const golden = join(import.meta.dirname, '../../../test/fixtures/vllm-golden');
const recorded = (name: string) => readFileSync(join(golden, name), 'latin1');

describe('parseScrape', () => {
  it('reads a page recorded from vLLM 0.32', () => {
    expect(parseScrape(recorded('a/metrics.txt'))).toEqual({
      kvUsage: 0,
      runningRequests: 0,
      waitingRequests: 0,
      kvTokens: 16_384 * 128,
      promptTokens: 605_105,
      generationTokens: 1_900,
      isAsleep: false,
    });
  });

  it('reads a page recorded while the engine was busy', () => {
    const { response } = JSON.parse(recorded('c/metrics_busy.json')) as { response: { body: string } };
    const page = parseScrape(response.body);
    expect(page.runningRequests).toBe(
      Number(/^vllm:num_requests_running\{.*} (.*)$/m.exec(response.body)?.[1]),
    );
    expect(page.kvUsage).toBe(Number(/^vllm:kv_cache_usage_perc\{.*} (.*)$/m.exec(response.body)?.[1]));
    expect(page.runningRequests).toBeGreaterThan(0);
  });

  it('reads a page of the Rust front end, which does not say how large its KV cache is', () => {
    expect(parseScrape(recorded('rust/metrics.txt'))).toMatchObject({
      kvUsage: 0,
      kvTokens: null,
      promptTokens: 92_508,
      generationTokens: 728,
    });
  });

  it('reads the KV use of vLLM up to 0.11 under its old name', () => {
    expect(parseScrape('vllm:gpu_cache_usage_perc{model_name="m"} 0.25\n').kvUsage).toBe(0.25);
  });

  it('adds the engines of a data-parallel worker up, and takes the mean of their KV use', () => {
    const page = parseScrape(
      [
        '# HELP vllm:num_requests_running n',
        'vllm:num_requests_running{engine="0"} 3.0',
        'vllm:num_requests_running{engine="1"} 4.0',
        'vllm:kv_cache_usage_perc{engine="0"} 0.5',
        'vllm:kv_cache_usage_perc{engine="1"} 0.1',
        'vllm:cache_config_info{block_size="16",num_gpu_blocks="100"} 1.0',
        'vllm:cache_config_info{block_size="16",num_gpu_blocks="50"} 1.0',
      ].join('\n'),
    );
    expect(page).toMatchObject({ runningRequests: 7, kvUsage: 0.3, kvTokens: 2_400 });
  });

  it('is not misled by names that begin alike, before or after', () => {
    const waiting = 'vllm:num_requests_waiting{engine="0"} 2\n';
    const byReason = 'vllm:num_requests_waiting_by_reason{engine="0",reason="capacity"} 9\n';
    for (const page of [waiting + byReason, byReason + waiting, `\n${byReason}${byReason}${waiting}`]) {
      expect(parseScrape(page).waitingRequests).toBe(2);
    }
  });

  it('is not misled by label values that hold spaces and braces', () => {
    const page = 'vllm:prompt_tokens_total{model_name="a } 7 b"} 12\n';
    expect(parseScrape(page).promptTokens).toBe(12);
  });

  it('says nothing about what the page does not say', () => {
    for (const page of [
      '',
      '\n',
      '<html>',
      'vllm:kv_cache_usage_perc{} NaN\n',
      'vllm:num_requests_running',
    ]) {
      expect(parseScrape(page)).toEqual({
        kvUsage: null,
        runningRequests: null,
        waitingRequests: null,
        kvTokens: null,
        promptTokens: null,
        generationTokens: null,
        isAsleep: false,
      });
    }
  });

  it('does not take a cache that is not measured yet for one', () => {
    const page = 'vllm:cache_config_info{block_size="16",num_gpu_blocks="None"} 1.0\n';
    expect(parseScrape(page).kvTokens).toBeNull();
  });

  it('sees an engine that sleeps', () => {
    const page = [
      'vllm:engine_sleep_state{engine="0",sleep_state="awake"} 0.0',
      'vllm:engine_sleep_state{engine="0",sleep_state="weights_offloaded"} 1.0',
    ].join('\n');
    expect(parseScrape(page).isAsleep).toBe(true);
  });
});
