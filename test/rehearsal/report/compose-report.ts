// From what was noted and what stands there in the end to the report.
import type { Played } from '../play.ts';
import type { WorkerDeployment } from '../pods/worker-deployment.ts';
import type { Diary } from './diary.ts';
import { gpuHours } from './gpu-hours.ts';
import { parkedReport } from './parked-report.ts';
import { promisesOf } from './promises.ts';
import type { PoolReport, Report } from './report.ts';
import { requestsReport } from './requests-report.ts';
import { wakeUps } from './wake-ups.ts';

const MINUTE_MS = 60_000;

export interface PlayedDay {
  readonly startMs: number;
  readonly dayMs: number;
}

export function composeReport(diary: Diary, { deployments, keda, traffic }: Played, day: PlayedDay): Report {
  const { outcomes } = traffic;
  const questions = keda.map((each) => each.questions);
  const found = {
    minutes: day.dayMs / MINUTE_MS,
    // Those that never ended count as sent.
    requests: { ...requestsReport(outcomes), sent: traffic.sent },
    parked: parkedReport(diary.logged),
    pools: deployments.map((deployment) => poolReport(deployment, day)),
    wakeUps: deployments.flatMap(({ pool: { name: pool }, pods }) => {
      const readyMs = pods.flatMap((pod) => pod.readyMs ?? []);
      return wakeUps({ pool, scaled: diary.changesOf(pool), readyMs }, outcomes);
    }),
    replaced: {
      workers: diary.workersReplaced,
      gateways: diary.gatewaysReplaced,
      killed: diary.gatewaysKilled,
    },
    scaler: {
      asked: questions.reduce((sum, { asked }) => sum + asked, 0),
      unanswered: questions.reduce((sum, { unanswered }) => sum + unanswered, 0),
    },
  };
  return { ...found, promises: promisesOf(found) };
}

function poolReport({ pool, pods, mostWanted }: WorkerDeployment, day: PlayedDay): PoolReport {
  const held = pods.map(({ bornMs, goneMs }) => ({ fromMs: bornMs, untilMs: goneMs }));
  return {
    pool: pool.name,
    gpuHours: gpuHours(held, { ...day, fixedWorkers: mostWanted }),
    mostWorkers: mostWanted,
    workersMade: pods.length,
  };
}
