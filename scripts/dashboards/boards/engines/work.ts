// What the engines got done, and worker by worker.
import type { Row } from '../../board.ts';
import { isNot } from '../../matchers.ts';
import { line, lines } from '../../panel.ts';
import { max, now, rate, sum } from '../../vectors.ts';
import { VLLM } from '../../vllm-metrics.ts';
import { chosen } from './chosen.ts';

const ends = lines(
  {
    title: 'How answers end',
    unit: 'requests',
    isStacked: true,
    about: {
      help: 'Requests the engines finished, by reason (`vllm:request_success_total`). A client that leaves counts as none of them.',
      whenWrong:
        '`length` growing: output budgets are too small for answers that think. `error`: the engine’s log. `repetition`: answers that ran in circles; check the rope and the sampling settings of the pool.',
    },
  },
  line(sum(rate(chosen(VLLM.finished)), 'finished_reason')),
);

const asleep = lines(
  {
    title: 'Engines not awake',
    unit: 'count',
    about: {
      help: 'Engines in vLLM’s sleep mode (`vllm:engine_sleep_state`): weights are off the GPU, nothing can be answered.',
      whenWrong:
        'Nobody woke it: POST /wake_up on that worker, or restart its pod. Ropeway puts no engine to sleep.',
    },
  },
  line(sum(now(chosen(VLLM.sleepState, { sleep_state: isNot('awake') })), 'pool', 'sleep_state')),
);

export const WORK: Row = {
  title: 'Work done, and each worker',
  lines: [
    [
      lines(
        {
          title: 'Prompt tokens',
          unit: 'tokensPerSecond',
          isStacked: true,
          about: {
            help: 'Prompt tokens the engines took in, cached ones too (`vllm:prompt_tokens_total`).',
            whenWrong:
              'Differs from the gateway’s (Overview, Tokens) by retries and by whoever calls the workers past the gateway: nobody should.',
          },
        },
        line(sum(rate(chosen(VLLM.promptTokens)), 'pool')),
      ),
      lines(
        {
          title: 'Tokens generated',
          unit: 'tokensPerSecond',
          isStacked: true,
          about: {
            help: 'Tokens the engines wrote (`vllm:generation_tokens_total`).',
            whenWrong:
              'Falling while as many run: steps take longer, look at Between two tokens and at the GPU.',
          },
        },
        line(sum(rate(chosen(VLLM.generationTokens)), 'pool')),
      ),
      ends,
      asleep,
    ],
    [
      lines(
        {
          title: 'Running on each worker',
          unit: 'count',
          about: {
            help: 'Requests in the batch of each worker (`vllm:num_requests_running`).',
            whenWrong:
              'Far apart within a pool: one worker is slow, or long prompts stick to it. Running where Ropeway has nothing: somebody calls it past the gateway.',
          },
        },
        line(sum(now(chosen(VLLM.running)), 'pod', 'instance')),
      ),
      lines(
        {
          title: 'KV cache in use on each worker',
          unit: 'share',
          about: {
            help: 'The engine’s own figure (`vllm:kv_cache_usage_perc`).',
            whenWrong:
              'Differs much from what the gateway believes (Pools and scaling): requests reach the worker past the gateway, or its metrics are not read.',
          },
        },
        line(max(now(chosen(VLLM.kvUsage)), 'pod', 'instance')),
      ),
    ],
  ],
};
