// What a gateway rests on: Redis for limits, PostgreSQL for keys and the ledger.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { line, lines, orangeThenRed, redFrom } from '../../panel.ts';
import { ratio } from '../../vectors.ts';
import { EACH, maxLines, ofEach, rateLines } from './chosen.ts';

const keys = [
  maxLines(
    { title: 'Keys last confirmed', unit: 'seconds', bounds: redFrom(15), about: METRICS.keysAge },
    ...EACH,
  ),
  rateLines(
    { title: 'Requests let in on keys last known', unit: 'requests', about: METRICS.keysOffline },
    ...EACH,
  ),
  rateLines({ title: 'Keys looked up', unit: 'perSecond', about: METRICS.keyLookups }, ...EACH),
];

/** What is left of the time the database may be away. */
const keysRunOut = lines(
  {
    title: 'Keys last confirmed, of the time they may go on',
    unit: 'share',
    bounds: orangeThenRed(0.5, 0.8),
    about: METRICS.keysOfflineMax,
  },
  line(ratio(ofEach(METRICS.keysAge), ofEach(METRICS.keysOfflineMax))),
);

const limits = [
  maxLines(
    {
      title: 'Limits counted alone: Redis is away',
      unit: 'yesOrNo',
      bounds: redFrom(1),
      about: METRICS.limiterLocal,
    },
    ...EACH,
  ),
  maxLines(
    { title: 'Gateways that count limits together', unit: 'count', about: METRICS.limiterGateways },
    ...EACH,
  ),
  rateLines(
    { title: 'Commands to Redis that failed', unit: 'perSecond', about: METRICS.limiterErrors },
    ...EACH,
  ),
];

const ledger = [
  maxLines({ title: 'Rows waiting in the outbox', unit: 'count', about: METRICS.ledgerWaiting }, ...EACH),
  lines(
    {
      title: 'Outbox, of the rows it may hold',
      unit: 'share',
      bounds: orangeThenRed(0.5, 0.8),
      about: METRICS.ledgerMaxRows,
    },
    line(ratio(ofEach(METRICS.ledgerWaiting), ofEach(METRICS.ledgerMaxRows))),
  ),
  rateLines({ title: 'Rows delivered', unit: 'perSecond', about: METRICS.ledgerDelivered }, ...EACH),
  lines(
    {
      title: 'Database away, outbox full',
      unit: 'yesOrNo',
      bounds: redFrom(1),
      about: {
        help: '1 while rows cannot be delivered to the database; 1 while the outbox takes no more and new requests get 503 `ledger_full`.',
        whenWrong: `${METRICS.ledgerDatabaseAway.whenWrong} ${METRICS.ledgerFull.whenWrong} docs/runbooks/database-away.md.`,
      },
    },
    line(ofEach(METRICS.ledgerDatabaseAway), 'away'),
    line(ofEach(METRICS.ledgerFull), 'full'),
  ),
  maxLines({ title: 'Answers with an open intent', unit: 'count', about: METRICS.ledgerOpen }, ...EACH),
];

export const STATE: Row = {
  title: 'Limits (Redis), keys and ledger (PostgreSQL)',
  lines: [limits, [...keys, keysRunOut], ledger],
};
