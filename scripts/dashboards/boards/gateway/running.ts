// What runs, since when, and with which configuration.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { line, lines, redBelow, redFrom, table } from '../../panel.ts';
import { age, max, min, now, until } from '../../vectors.ts';
import { chosen, EACH, maxLines, ofEach, rateLines } from './chosen.ts';

const certificatesEnd = lines(
  {
    title: 'Certificates end in',
    unit: 'seconds',
    bounds: redBelow(0),
    about: METRICS.certificateNotAfter,
  },
  line(until(min(now(chosen(METRICS.certificateNotAfter)), 'certificate', 'pool', 'worker'))),
);

const certificatesBegin = lines(
  {
    title: 'Certificates have been valid for',
    unit: 'seconds',
    bounds: redBelow(0),
    about: METRICS.certificateNotBefore,
  },
  line(age(max(now(chosen(METRICS.certificateNotBefore)), 'certificate', 'pool', 'worker'))),
);

export const RUNNING: Row = {
  title: 'What runs, and with which configuration',
  lines: [
    [
      table(
        { title: 'Processes and their versions', unit: 'count', about: METRICS.buildInfo, width: 12 },
        line(max(now(chosen(METRICS.buildInfo)), 'job', 'pod', 'instance', 'version', 'node')),
      ),
      lines(
        { title: 'Running for', unit: 'seconds', about: METRICS.startTime },
        line(age(ofEach(METRICS.startTime))),
      ),
      lines(
        { title: 'Configuration applied, ago', unit: 'seconds', about: METRICS.configApplied },
        line(age(ofEach(METRICS.configApplied))),
      ),
    ],
    [
      rateLines(
        { title: 'Configurations read while running', unit: 'perSecond', about: METRICS.configReloads },
        'result',
      ),
      maxLines(
        {
          title: 'Goes on with an older configuration',
          unit: 'yesOrNo',
          bounds: redFrom(1),
          about: METRICS.configRefused,
        },
        ...EACH,
      ),
      rateLines({ title: 'Log lines dropped', unit: 'perSecond', about: METRICS.logLinesDropped }, ...EACH),
    ],
    [
      rateLines({ title: 'Spans sent and lost', unit: 'perSecond', about: METRICS.traceSpans }, 'result'),
      rateLines({ title: 'Traces left out', unit: 'perSecond', about: METRICS.tracesDropped }, ...EACH),
    ],
    [certificatesEnd, certificatesBegin],
  ],
};
