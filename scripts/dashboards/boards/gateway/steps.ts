// What the gateway does itself with a request: read it, count it, carry it.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { line, lines } from '../../panel.ts';
import { mean, quantile } from '../../vectors.ts';
import { chosen, ofEach } from './chosen.ts';

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
      lines(
        { title: 'Reading the body', unit: 'seconds', about: METRICS.bodyRead },
        line(quantile(0.5, chosen(METRICS.bodyRead)), 'p50'),
        line(quantile(0.95, chosen(METRICS.bodyRead)), 'p95'),
      ),
    ],
    [
      lines(
        { title: 'Overhead of each gateway, p99', unit: 'seconds', about: METRICS.overhead },
        line(quantile(0.99, chosen(METRICS.overhead), 'pod', 'instance')),
      ),
      lines(
        { title: 'Requests in flight', unit: 'count', about: METRICS.inFlight },
        line(ofEach(METRICS.inFlight)),
      ),
      lines({ title: 'Streams open', unit: 'count', about: METRICS.streams }, line(ofEach(METRICS.streams))),
    ],
  ],
};
