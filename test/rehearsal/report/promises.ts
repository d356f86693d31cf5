// What must hold of a rehearsal for it to have gone well.
import type { Promised, Report } from './report.ts';

export function promisesOf({
  requests,
  wakeUps,
  replaced,
  pools,
  boards,
}: Omit<Report, 'promises'>): readonly Promised[] {
  const failed = Object.values(requests.failed).reduce((sum, count) => sum + count, 0);
  const of = (pool: string) => wakeUps.filter((wakeUp) => wakeUp.pool === pool);
  const sleepers = pools.filter(({ pool }) => of(pool).length > 0).map(({ pool }) => pool);
  const settled = requests.answered + requests.cutByKilledGateway + failed;
  return [
    kept(
      'every request was answered, but those the killed gateway held',
      failed === 0 && requests.answered > 0,
    ),
    kept('every request is accounted for', settled === requests.sent),
    kept('each was answered by the pool it needs', requests.misrouted === 0),
    kept('yarn-4 woke from zero for 90,000 tokens', hasWoken(of('yarn-4'))),
    kept(
      'yarn-4 went from one worker to more under load',
      of('yarn-4').some(({ mostWorkers }) => mostWorkers > 1),
    ),
    kept(
      `what woke went back to zero (${sleepers.join(', ')})`,
      wakeUps.length > 0 && wakeUps.every(({ awakeMs }) => awakeMs !== null),
    ),
    kept(
      'the default pool grew for the peak',
      pools.some(({ pool, mostWorkers }) => pool === 'default' && mostWorkers > 1),
    ),
    kept('every worker was replaced under load', replaced.workers > 0),
    kept('every gateway was replaced under load', replaced.gateways > 0),
    kept('a gateway was killed under load', replaced.killed > 0),
    ...(boards === null
      ? []
      : [kept('the boards answer what they ask about scaling', boards.unanswered.length === 0)]),
  ];
}

function hasWoken(wakeUps: Report['wakeUps']): boolean {
  return wakeUps.some(
    ({ readyAfterMs, firstTokenAfterMs }) => readyAfterMs !== null && firstTokenAfterMs !== null,
  );
}

function kept(promise: string, isKept: boolean): Promised {
  return { promise, isKept };
}
