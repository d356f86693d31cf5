// What the scaler knows and what KEDA asked. Every replica says the same of demand, so the most of them, not the sum.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { line, lines, redBelow } from '../../panel.ts';
import { min, now, sum } from '../../vectors.ts';
import { chosen, maxLines, rateLines } from './chosen.ts';

export const SCALER: Row = {
  title: 'The scaler, and KEDA',
  lines: [
    [
      maxLines({ title: 'Demand: prompt tokens', unit: 'tokens', about: METRICS.scalerDemand }, 'pool'),
      maxLines(
        { title: 'KV cache in use, in full workers', unit: 'count', about: METRICS.scalerKvUsage },
        'pool',
      ),
      maxLines({ title: 'Pool is needed', unit: 'yesOrNo', about: METRICS.scalerActive }, 'pool'),
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
      rateLines(
        { title: 'Calls of KEDA, by answer', unit: 'perSecond', about: METRICS.scalerAnswers },
        'method',
        'status',
      ),
      maxLines(
        { title: 'Gateways, as the scaler sees them', unit: 'count', about: METRICS.scalerGateways },
        'state',
      ),
      rateLines(
        { title: 'Questions to gateways, by answer', unit: 'perSecond', about: METRICS.scalerPolls },
        'answer',
      ),
    ],
  ],
};
