// How long callers wait: for the first token, between two, and in the gateway itself. Cold starts are left out.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { is } from '../../matchers.ts';
import { line, lines } from '../../panel.ts';
import { mean, quantile } from '../../vectors.ts';
import { chosen, halfAndMostLines } from './chosen.ts';

const firstToken = chosen(METRICS.firstToken, { cold: is('false') });
const shown = { unit: 'seconds', about: METRICS.firstToken } as const;

export const SPEED: Row = {
  title: 'How fast',
  lines: [
    [
      lines(
        { title: 'First token by prompt length, p50', ...shown },
        line(quantile(0.5, firstToken, 'prompt_length')),
      ),
      lines(
        { title: 'First token by prompt length, p95', ...shown },
        line(quantile(0.95, firstToken, 'prompt_length')),
      ),
      lines({ title: 'First token by pool, p95', ...shown }, line(quantile(0.95, firstToken, 'pool'))),
    ],
    [
      halfAndMostLines(
        { title: 'Between two tokens, by pool', unit: 'seconds', about: METRICS.interToken },
        'pool',
      ),
      lines(
        { title: 'Time waited for room, by pool', unit: 'seconds', about: METRICS.queue },
        line(quantile(0.95, chosen(METRICS.queue), 'pool'), 'p95'),
        line(mean(chosen(METRICS.queue), 'pool'), 'mean'),
      ),
      lines(
        { title: 'Gateway overhead', unit: 'seconds', about: METRICS.overhead },
        line(quantile(0.5, chosen(METRICS.overhead)), 'p50'),
        line(quantile(0.95, chosen(METRICS.overhead)), 'p95'),
        line(quantile(0.99, chosen(METRICS.overhead)), 'p99'),
      ),
    ],
  ],
};
