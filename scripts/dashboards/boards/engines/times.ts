// Where the time of a request goes inside the engine: queue, prefill, then token after token.
import type { Row } from '../../board.ts';
import { halfAndMost } from '../../lines-within.ts';
import { type About, lines, type Panel } from '../../panel.ts';
import { VLLM } from '../../vllm-metrics.ts';
import { chosen } from './chosen.ts';

type Timed = 'firstToken' | 'interToken' | 'queue' | 'prefill' | 'wholeRequest';

export const TIMES: Row = {
  title: 'How fast',
  lines: [
    [
      timed('First token, in the engine', 'firstToken', {
        help: 'From arrival at the engine to the first token (`vllm:time_to_first_token_seconds`).',
        whenWrong:
          'The gateway’s own, on the Overview, is larger by the wait for room. If this one is large: is it the queue or prefill, in the panels below?',
      }),
      timed('Between two tokens', 'interToken', {
        help: 'Gap between two tokens of one answer (`vllm:inter_token_latency_seconds`). Buckets begin at 10 ms: below that it only says "less".',
        whenWrong:
          'p95 far above p50: prefills of long prompts interrupt decoding. Both high: the batch is large, add workers or lower --max-num-seqs.',
      }),
      timed('Whole request, in the engine', 'wholeRequest', {
        help: 'From arrival at the engine to the last token (`vllm:e2e_request_latency_seconds`).',
        whenWrong: 'Mostly the length of answers. Compare with tokens generated before you call it slow.',
      }),
    ],
    [
      timed('Time waited in the engine', 'queue', {
        help: 'Before the engine takes it into a batch (`vllm:request_queue_time_seconds`). Buckets begin at 0.3 s.',
        whenWrong: 'The gateway should have kept it at its own door: does it know the KV size of the worker?',
      }),
      timed('Prefill', 'prefill', {
        help: 'Computing the prompt (`vllm:request_prefill_time_seconds`). Buckets begin at 0.3 s.',
        whenWrong:
          'Grows with prompt length. Grown without longer prompts: prefix caches are cold (new workers, or conversations moved), or the GPU is shared or throttled.',
      }),
    ],
  ],
};

function timed(title: string, metric: Timed, about: About): Panel {
  return lines({ title, unit: 'seconds', about }, ...halfAndMost(chosen(VLLM[metric]), 'pool'));
}
