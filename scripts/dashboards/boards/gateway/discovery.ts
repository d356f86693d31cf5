// What the gateway hears of pods. Empty where the configuration names the workers.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { line, lines, redBelow, redFrom } from '../../panel.ts';
import { max, now, rate, sum } from '../../vectors.ts';
import { chosen, ofEach } from './chosen.ts';

export const DISCOVERY: Row = {
  title: 'Discovery (the API server of Kubernetes)',
  lines: [
    [
      lines(
        {
          title: 'Silence of the watch',
          unit: 'seconds',
          bounds: redFrom(120),
          about: METRICS.discoveryAge,
        },
        line(max(now(chosen(METRICS.discoveryAge)), 'resource', 'pod', 'instance')),
      ),
      lines(
        {
          title: 'Every list was read',
          unit: 'yesOrNo',
          bounds: redBelow(1),
          about: METRICS.discoverySynced,
        },
        line(ofEach(METRICS.discoverySynced)),
      ),
      lines(
        { title: 'Pods of no configured pool', unit: 'count', about: METRICS.discoveryIgnored },
        line(ofEach(METRICS.discoveryIgnored)),
      ),
    ],
    [
      lines(
        { title: 'Whole lists read, by why', unit: 'perSecond', about: METRICS.discoveryLists },
        line(sum(rate(chosen(METRICS.discoveryLists)), 'resource', 'cause')),
      ),
      lines(
        { title: 'Questions that failed, by cause', unit: 'perSecond', about: METRICS.discoveryFailures },
        line(sum(rate(chosen(METRICS.discoveryFailures)), 'resource', 'cause')),
      ),
    ],
  ],
};
