// How much each tenant uses, and which part of everything that is.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { line, lines, table } from '../../panel.ts';
import { largest, partOf, plus, rate, sum, total } from '../../vectors.ts';
import { chosen, every, SHOWN } from './chosen.ts';

const tokens = plus(
  sum(rate(chosen(METRICS.tenantPromptTokens)), 'tenant'),
  sum(rate(chosen(METRICS.tenantCompletionTokens)), 'tenant'),
);
const allTokens = plus(
  sum(rate(every(METRICS.tenantPromptTokens))),
  sum(rate(every(METRICS.tenantCompletionTokens))),
);

const ofAllTokens = lines(
  {
    title: 'Part of all tokens',
    unit: 'share',
    about: {
      help: 'Prompt tokens and tokens generated of each tenant, of all tenants’ together.',
      whenWrong: METRICS.tenantPromptTokens.whenWrong,
    },
  },
  line(largest(SHOWN, partOf(tokens, allTokens))),
);

/** As of the end of the time shown, over all of it. */
const sums = table(
  {
    title: 'Each tenant over the time shown: requests, prompt tokens, tokens generated, refused by a limit',
    unit: 'count',
    width: 24,
    about: {
      help: 'Counted by the gateways: what is billed is in the ledger (`ropeway usage`), to the token.',
      whenWrong:
        'A tenant you do not know, or far above what it asked for: `ropeway tenant show` and `ropeway limits` say what it may; set or lower its limits.',
    },
  },
  line(sum(total(chosen(METRICS.tenantRequests)), 'tenant'), 'requests'),
  line(sum(total(chosen(METRICS.tenantPromptTokens)), 'tenant'), 'prompt tokens'),
  line(sum(total(chosen(METRICS.tenantCompletionTokens)), 'tenant'), 'tokens generated'),
  line(sum(total(chosen(METRICS.tenantLimited)), 'tenant'), 'refused by a limit'),
);

export const USE: Row = {
  title: 'Who uses how much',
  lines: [
    [
      lines(
        { title: 'Requests', unit: 'requests', isStacked: true, about: METRICS.tenantRequests },
        line(largest(SHOWN, sum(rate(chosen(METRICS.tenantRequests)), 'tenant'))),
      ),
      lines(
        {
          title: 'Prompt tokens',
          unit: 'tokensPerSecond',
          isStacked: true,
          about: METRICS.tenantPromptTokens,
        },
        line(largest(SHOWN, sum(rate(chosen(METRICS.tenantPromptTokens)), 'tenant'))),
      ),
      lines(
        {
          title: 'Tokens generated',
          unit: 'tokensPerSecond',
          isStacked: true,
          about: METRICS.tenantCompletionTokens,
        },
        line(largest(SHOWN, sum(rate(chosen(METRICS.tenantCompletionTokens)), 'tenant'))),
      ),
      ofAllTokens,
    ],
    [sums],
  ],
};
