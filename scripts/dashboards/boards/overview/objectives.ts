// Service level objectives, as recorded by helm/ropeway/rules/slo.yaml and explained in docs/slo.md.
import type { Row } from '../../board.ts';
import { type About, figure, type Line, line, lines, type Panel, redThenOrangeBelow } from '../../panel.ts';
import { BUDGETS, type SHARES, type Window } from '../../recording-rules.ts';
import { recordedBudget, recordedShare } from '../../vectors.ts';

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
        {
          title: 'Availability: share that failed, by how far one looks back',
          unit: 'share',
          about: burning('Requests that failed'),
        },
        ...looks('ropeway:availability_error:ratio_rate'),
      ),
      lines(
        {
          title: 'First token: share that came too late, over an hour',
          unit: 'share',
          about: burning('Streams whose first token came later than the objective for their length'),
        },
        line(recordedShare('ropeway:first_token_slow:ratio_rate', '1h', 'prompt_length')),
      ),
      lines(
        {
          title: 'Overhead: share too slow, by how far one looks back',
          unit: 'share',
          about: burning('Requests that spent longer in the gateway itself than the objective'),
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

function burning(what: string): About {
  return {
    help: `${what}, as a share. Short windows show what happens now, long ones what it has cost.`,
    whenWrong:
      'A short and a long window high together: the budget burns, an alert is on its way. Only the long one: it is over. docs/slo.md has the objective and the bounds.',
  };
}

function looks(name: Exclude<keyof typeof SHARES, 'ropeway:first_token_slow:ratio_rate'>): readonly Line[] {
  return LOOKS.map((window) => line(recordedShare(name, window), window));
}
