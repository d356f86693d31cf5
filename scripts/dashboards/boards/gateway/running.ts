// What runs, since when, and with which configuration.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { line, lines, table } from '../../panel.ts';
import { age, max, now, rate, sum } from '../../vectors.ts';
import { chosen, ofEach } from './chosen.ts';

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
      lines(
        { title: 'Configurations read while running', unit: 'perSecond', about: METRICS.configReloads },
        line(sum(rate(chosen(METRICS.configReloads)), 'result')),
      ),
      lines(
        { title: 'Log lines dropped', unit: 'perSecond', about: METRICS.logLinesDropped },
        line(sum(rate(chosen(METRICS.logLinesDropped)), 'pod', 'instance')),
      ),
    ],
  ],
};
