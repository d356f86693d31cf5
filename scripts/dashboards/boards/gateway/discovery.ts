// What the gateway hears of pods. Empty where the configuration names the workers.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { redBelow, redFrom } from '../../panel.ts';
import { EACH, maxLines, rateLines } from './chosen.ts';

export const DISCOVERY: Row = {
  title: 'Discovery (the API server of Kubernetes)',
  lines: [
    [
      maxLines(
        { title: 'Silence of the watch', unit: 'seconds', bounds: redFrom(120), about: METRICS.discoveryAge },
        'resource',
        ...EACH,
      ),
      maxLines(
        {
          title: 'Every list was read',
          unit: 'yesOrNo',
          bounds: redBelow(1),
          about: METRICS.discoverySynced,
        },
        ...EACH,
      ),
      maxLines(
        { title: 'Pods of no configured pool', unit: 'count', about: METRICS.discoveryIgnored },
        ...EACH,
      ),
    ],
    [
      rateLines(
        { title: 'Whole lists read, by why', unit: 'perSecond', about: METRICS.discoveryLists },
        'resource',
        'cause',
      ),
      rateLines(
        { title: 'Questions that failed, by cause', unit: 'perSecond', about: METRICS.discoveryFailures },
        'resource',
        'cause',
      ),
    ],
  ],
};
