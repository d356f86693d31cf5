// What the gateway does itself with a request: read it, count it, carry it.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { line, lines } from '../../panel.ts';
import { mean, quantile } from '../../vectors.ts';
import { chosen, EACH, halfAndMostLines, maxLines } from './chosen.ts';

export const STEPS: Row = {
  title: 'Reading, counting, carrying',
  lines: [
    [
      lines(
        { title: 'Counting a prompt, by length, p95', unit: 'seconds', about: METRICS.tokenizer },
        line(quantile(0.95, chosen(METRICS.tokenizer), 'prompt_length')),
      ),
      lines(
        { title: 'Counting a prompt, by length, mean', unit: 'seconds', about: METRICS.tokenizer },
        line(mean(chosen(METRICS.tokenizer), 'prompt_length')),
      ),
      halfAndMostLines({ title: 'Reading the body', unit: 'seconds', about: METRICS.bodyRead }),
    ],
    [
      lines(
        { title: 'Overhead of each gateway, p99', unit: 'seconds', about: METRICS.overhead },
        line(quantile(0.99, chosen(METRICS.overhead), ...EACH)),
      ),
      maxLines({ title: 'Requests in flight', unit: 'count', about: METRICS.inFlight }, ...EACH),
      maxLines({ title: 'Streams open', unit: 'count', about: METRICS.streams }, ...EACH),
    ],
  ],
};
