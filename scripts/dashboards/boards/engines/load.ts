// How full the engines are.
import type { Row } from '../../board.ts';
import { line, lines, orangeThenRed } from '../../panel.ts';
import { max, mean, now, rate, sum } from '../../vectors.ts';
import { VLLM } from '../../vllm-metrics.ts';
import { chosen } from './chosen.ts';

const running = lines(
  {
    title: 'Running',
    unit: 'count',
    about: {
      help: 'Requests in the batch of each pool’s engines (`vllm:num_requests_running`).',
      whenWrong:
        'At --max-num-seqs of every worker: more cannot run at once, whatever memory is free; raise it or add workers. Far below what Ropeway has on them: look at what waits in the engine.',
    },
  },
  line(sum(now(chosen(VLLM.running)), 'pool')),
);

const waiting = lines(
  {
    title: 'Waiting in the engine',
    unit: 'count',
    about: {
      help: 'Requests the engines took and have no room for, by why (`vllm:num_requests_waiting_by_reason`). Ropeway keeps the line at its own door, so few should wait here.',
      whenWrong:
        '`capacity` above 0 for long: KV memory is full although the gateway thought there was room; compare KV use here and on the board Pools and scaling. `deferred`: the engine waits for something else, as a transfer.',
    },
  },
  line(sum(now(chosen(VLLM.waiting)), 'pool', 'reason')),
);

const kvUsage = lines(
  {
    title: 'KV cache in use, fullest worker of each pool',
    unit: 'share',
    bounds: orangeThenRed(0.8, 0.9),
    about: {
      help: 'Share of its KV blocks the fullest engine of the pool uses (`vllm:kv_cache_usage_perc`, 0 to 1).',
      whenWrong:
        'Above 90 %: preemptions are next. Add workers; or if one worker alone is full, see what long prompts stick to it (Requests on each worker, Pools and scaling).',
    },
  },
  line(max(now(chosen(VLLM.kvUsage)), 'pool')),
);

const preemptions = lines(
  {
    title: 'Preemptions',
    unit: 'perSecond',
    about: {
      help: 'Running requests thrown out for want of KV memory; they are computed again (`vllm:num_preemptions_total`).',
      whenWrong:
        'Any that last: too many requests share a worker. Lower what the gateway sends it (docs/workers.md), raise --gpu-memory-utilization, or add workers.',
    },
  },
  line(sum(rate(chosen(VLLM.preemptions)), 'pool')),
);

const rejections = lines(
  {
    title: 'Refused at the door',
    unit: 'perSecond',
    about: {
      help: 'Requests the engines refused with 503 because their own queue is bounded (`vllm:admission_rejections_total`).',
      whenWrong:
        'Retried elsewhere by Ropeway, and a sign that the engine’s bound is below what the gateway sends: raise --max-num-queued-reqs, or add workers.',
    },
  },
  line(sum(rate(chosen(VLLM.rejections)), 'pool', 'reason')),
);

const batch = lines(
  {
    title: 'Tokens in one step, mean',
    unit: 'tokens',
    about: {
      help: 'Prompt and generated tokens an engine handles in one step (`vllm:iteration_tokens_total`).',
      whenWrong:
        'Near --max-num-batched-tokens: prefills fill every step and slow decoding. Near 1 with many running: something holds the engine back, look at its log.',
    },
  },
  line(mean(chosen(VLLM.stepTokens), 'pool')),
);

export const LOAD: Row = {
  title: 'How full',
  lines: [
    [running, waiting, kvUsage],
    [preemptions, rejections, batch],
  ],
};
