// Who is refused, and for what. How far a budget is used stands in no metric: `ropeway limits TENANT` says it.
import { METRICS } from '#telemetry';
import type { Row } from '../../board.ts';
import { is, isAmong } from '../../matchers.ts';
import { line, lines, type Panel } from '../../panel.ts';
import { largest, rate, share, sum } from '../../vectors.ts';
import { chosen, every, SHOWN } from './chosen.ts';

const requests = sum(rate(chosen(METRICS.tenantRequests)), 'tenant');

const spent = lines(
  {
    title: 'Rates, budgets and ledger: refusals by code, all tenants',
    unit: 'requests',
    isStacked: true,
    about: {
      help: '`rate_limit_exceeded` is a rate or the number of concurrent requests, `insufficient_quota` a budget that is used up, `limit_too_small` a request larger than a limit can ever grant; `limits_unavailable` and `ledger_full` are ours.',
      whenWrong:
        '`insufficient_quota`: `ropeway limits TENANT` shows each budget and what is left of it; raise it or wait for the period to end. `limits_unavailable`, `ledger_full`: open Gateway internals. All codes: docs/faults.md.',
    },
  },
  line(
    sum(
      rate(
        every(METRICS.faults, {
          code: isAmong(
            'rate_limit_exceeded',
            'insufficient_quota',
            'limit_too_small',
            'limits_unavailable',
            'ledger_full',
          ),
        }),
      ),
      'code',
    ),
  ),
);

export const LIMITS: Row = {
  title: 'Limits, budgets, and how requests end',
  lines: [
    [
      lines(
        { title: 'Refused by a limit', unit: 'requests', about: METRICS.tenantLimited },
        line(largest(SHOWN, sum(rate(chosen(METRICS.tenantLimited)), 'tenant'))),
      ),
      lines(
        { title: 'Refused by a limit, of its requests', unit: 'share', about: METRICS.tenantLimited },
        line(largest(SHOWN, share(sum(rate(chosen(METRICS.tenantLimited)), 'tenant'), requests))),
      ),
      spent,
    ],
    [
      ending('Failed, of its requests', 'failed'),
      ending('Left before the answer, of its requests', 'client_closed'),
      lines(
        { title: 'Answers cut: key revoked or budget used up', unit: 'perSecond', about: METRICS.answersCut },
        line(sum(rate(every(METRICS.answersCut))), 'cut'),
      ),
    ],
  ],
};

function ending(title: string, outcome: 'failed' | 'client_closed'): Panel {
  const part = sum(rate(chosen(METRICS.tenantRequests, { outcome: is(outcome) })), 'tenant');
  return lines(
    { title, unit: 'share', about: METRICS.tenantRequests },
    line(largest(SHOWN, share(part, requests))),
  );
}
