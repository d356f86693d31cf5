// What holds memory.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { line, lines } from '../../panel.ts';
import { ofEach } from './chosen.ts';

export const MEMORY: Row = {
  title: 'Memory',
  lines: [
    [
      lines(
        { title: 'Resident', unit: 'bytes', about: METRICS.residentBytes },
        line(ofEach(METRICS.residentBytes)),
      ),
      lines(
        { title: 'JavaScript heap', unit: 'bytes', about: METRICS.heapUsedBytes },
        line(ofEach(METRICS.heapUsedBytes)),
      ),
      lines(
        { title: 'Outside the heap', unit: 'bytes', about: METRICS.externalBytes },
        line(ofEach(METRICS.externalBytes)),
      ),
      lines(
        { title: 'Request bodies held', unit: 'bytes', about: METRICS.bodyBytes },
        line(ofEach(METRICS.bodyBytes)),
      ),
    ],
  ],
};
