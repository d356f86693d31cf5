// Service level objectives, as recorded by helm/ropeway/rules/slo.yaml and explained in docs/slo.md.
import type { Row } from '../../board.ts';
import {
  figure,
  type Line,
  line,
  lines,
  orangeThenRed,
  type Panel,
  redThenOrangeBelow,
} from '../../panel.ts';
import { BUDGETS, type SHARES, type Window } from '../../recording-rules.ts';
import { burnRate, recordedBudget } from '../../vectors.ts';

/** The long and the short windows that burn alerts compare. */
const LOOKS: readonly Window[] = ['5m', '1h', '6h', '3d'];

export const OBJECTIVES: Row = {
  title: 'Objectives',
  lines: [
    [
      budget('Availability', BUDGETS.availability, 'failures'),
      budget('First token', BUDGETS.firstToken, 'slow first tokens'),
      budget('Gateway overhead', BUDGETS.overhead, 'requests slow inside the gateway'),
    ],
    [
      lines(
        { title: 'Availability: how fast its budget burns', ...shown('requests that failed') },
        ...looks('ropeway:availability_error:ratio_rate'),
      ),
      lines(
        {
          title: 'First token: how fast its budget burns, over an hour',
          ...shown('streams whose first token came later than the objective for their length'),
        },
        line(burnRate('ropeway:first_token_slow:ratio_rate', '1h', 'prompt_length')),
      ),
      lines(
        {
          title: 'Overhead: how fast its budget burns',
          ...shown('requests that spent longer inside the gateway than the objective'),
        },
        ...looks('ropeway:overhead_slow:ratio_rate'),
      ),
    ],
  ],
};

function budget(name: string, rule: string, what: string): Panel {
  return figure(
    {
      title: `${name}: budget left, 30 days`,
      unit: 'share',
      bounds: redThenOrangeBelow(0, 0.25),
      about: {
        help: `Of the ${what} the objective allows in 30 days: 100 % nothing used, 0 % used up, below 0 overspent. Of several namespaces, the one that has least.`,
        whenWrong:
          'Falling: the panel below says how fast, the first row what from. Used up: only what makes it better is rolled out (docs/slo.md).',
      },
    },
    line(recordedBudget(rule), 'left'),
  );
}

/** From 1 on a budget does not last; from 6 on, over six hours, somebody is called (docs/slo.md). */
function shown(what: string) {
  return {
    unit: 'count',
    bounds: orangeThenRed(1, 6),
    about: {
      help: `The share of ${what}, by how far one looks back, in multiples of what the objective allows: at 1 the budget lasts just its 30 days, at 30 a day.`,
      whenWrong:
        'A long and a short window high together: it burns now, an alert is on its way; the first row says what. Only the long one: it is over. docs/slo.md has objectives and bounds.',
    },
  } as const;
}

function looks(name: Exclude<keyof typeof SHARES, 'ropeway:first_token_slow:ratio_rate'>): readonly Line[] {
  return LOOKS.map((window) => line(burnRate(name, window), window));
}
