// What the scaler knows and what KEDA asked. Every replica says the same of demand, so the most of them, not the sum.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { line, lines, redBelow } from '../../panel.ts';
import { max, min, now, rate, sum } from '../../vectors.ts';
import { chosen } from './chosen.ts';

export const SCALER: Row = {
  title: 'The scaler, and KEDA',
  lines: [
    [
      lines(
        { title: 'Demand: prompt tokens', unit: 'tokens', about: METRICS.scalerDemand },
        line(max(now(chosen(METRICS.scalerDemand)), 'pool')),
      ),
      lines(
        { title: 'KV cache in use, in full workers', unit: 'count', about: METRICS.scalerKvUsage },
        line(max(now(chosen(METRICS.scalerKvUsage)), 'pool')),
      ),
      lines(
        { title: 'Pool is needed', unit: 'yesOrNo', about: METRICS.scalerActive },
        line(max(now(chosen(METRICS.scalerActive)), 'pool')),
      ),
      lines(
        {
          title: 'Knows of every gateway',
          unit: 'yesOrNo',
          bounds: redBelow(1),
          about: METRICS.scalerWhole,
        },
        line(min(now(chosen(METRICS.scalerWhole)), 'pod', 'instance')),
      ),
    ],
    [
      lines(
        {
          title: 'Streams KEDA holds open',
          unit: 'count',
          bounds: redBelow(1),
          about: METRICS.scalerStreams,
        },
        line(sum(now(chosen(METRICS.scalerStreams)), 'pool')),
      ),
      lines(
        { title: 'Calls of KEDA, by answer', unit: 'perSecond', about: METRICS.scalerAnswers },
        line(sum(rate(chosen(METRICS.scalerAnswers)), 'method', 'status')),
      ),
      lines(
        { title: 'Gateways, as the scaler sees them', unit: 'count', about: METRICS.scalerGateways },
        line(max(now(chosen(METRICS.scalerGateways)), 'state')),
      ),
      lines(
        { title: 'Questions to gateways, by answer', unit: 'perSecond', about: METRICS.scalerPolls },
        line(sum(rate(chosen(METRICS.scalerPolls)), 'answer')),
      ),
    ],
  ],
};
