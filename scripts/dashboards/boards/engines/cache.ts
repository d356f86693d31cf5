// What prefix caches save.
import type { Row } from '../../board.ts';
import { line, lines } from '../../panel.ts';
import { rate, share, sum } from '../../vectors.ts';
import { VLLM } from '../../vllm-metrics.ts';
import { chosen } from './chosen.ts';

const cold =
  'Falling: conversations move between workers, KV memory is short, or callers changed how their prompts begin.';

export const CACHE: Row = {
  title: 'Prefix cache',
  lines: [
    [
      lines(
        {
          title: 'Hit rate, by pool',
          unit: 'share',
          about: {
            help: 'Tokens found, of tokens looked up (`vllm:prefix_cache_hits_total` of `vllm:prefix_cache_queries_total`; both count tokens).',
            whenWrong: cold,
          },
        },
        line(
          share(sum(rate(chosen(VLLM.prefixHits)), 'pool'), sum(rate(chosen(VLLM.prefixQueries)), 'pool')),
        ),
      ),
      lines(
        {
          title: 'Hit rate, by worker',
          unit: 'share',
          about: {
            help: 'The same for each worker.',
            whenWrong: `One far below its siblings: it is new, or gets what the others do not want. ${cold}`,
          },
        },
        line(
          share(
            sum(rate(chosen(VLLM.prefixHits)), 'pod', 'instance'),
            sum(rate(chosen(VLLM.prefixQueries)), 'pod', 'instance'),
          ),
        ),
      ),
      lines(
        {
          title: 'Prompt tokens, by where they came from',
          unit: 'tokensPerSecond',
          isStacked: true,
          about: {
            help: 'Computed, found in the engine’s cache, or fetched from elsewhere (`vllm:prompt_tokens_by_source_total`).',
            whenWrong: cold,
          },
        },
        line(sum(rate(chosen(VLLM.promptTokensBySource)), 'source')),
      ),
    ],
  ],
};
