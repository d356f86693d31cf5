// What holds memory.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { EACH, maxLines } from './chosen.ts';

export const MEMORY: Row = {
  title: 'Memory',
  lines: [
    [
      maxLines({ title: 'Resident', unit: 'bytes', about: METRICS.residentBytes }, ...EACH),
      maxLines({ title: 'JavaScript heap', unit: 'bytes', about: METRICS.heapUsedBytes }, ...EACH),
      maxLines({ title: 'Outside the heap', unit: 'bytes', about: METRICS.externalBytes }, ...EACH),
      maxLines({ title: 'Request bodies held', unit: 'bytes', about: METRICS.bodyBytes }, ...EACH),
    ],
  ],
};
