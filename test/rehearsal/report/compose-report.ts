// From what was noted and what stands there in the end to the report.
import type { Traffic } from '../load/traffic.ts';
import type { PoolOnStage, Stage } from '../stage.ts';
import type { Diary } from './diary.ts';
import { gpuHours } from './gpu-hours.ts';
import { parkedReport } from './parked-report.ts';
import { promisesOf } from './promises.ts';
import type { PoolReport, Report } from './report.ts';
import { requestsReport } from './requests-report.ts';
import { wakeUps } from './wake-ups.ts';

const MINUTE_MS = 60_000;

interface PlayedDay {
  readonly startMs: number;
  readonly dayMs: number;
}

interface ReportTerms {
  readonly diary: Diary;
  readonly stage: Pick<Stage, 'pools' | 'questions'>;
  readonly traffic: Traffic;
  readonly day: PlayedDay;
  readonly boards: Report['boards'];
}

export function composeReport({ diary, stage, traffic, day, boards }: ReportTerms): Report {
  const { outcomes } = traffic;
  const found = {
    minutes: day.dayMs / MINUTE_MS,
    // Those that never ended count as sent.
    requests: { ...requestsReport(outcomes), sent: traffic.sent },
    parked: parkedReport(diary.logged),
    pools: stage.pools.map((each) => poolReport(each, day)),
    wakeUps: stage.pools.flatMap(({ pool: { name: pool }, pods }) => {
      const readyMs = pods.flatMap((pod) => pod.readyMs ?? []);
      return wakeUps({ pool, scaled: diary.changesOf(pool), readyMs }, outcomes);
    }),
    replaced: {
      workers: diary.workersReplaced,
      gateways: diary.gatewaysReplaced,
      killed: diary.gatewaysKilled,
    },
    scaler: stage.questions,
    boards,
  };
  return { ...found, promises: promisesOf(found) };
}

function poolReport({ pool, pods, mostWanted }: PoolOnStage, day: PlayedDay): PoolReport {
  const held = pods.map(({ bornMs, goneMs }) => ({ fromMs: bornMs, untilMs: goneMs }));
  return {
    pool: pool.name,
    gpuHours: gpuHours(held, { ...day, fixedWorkers: mostWanted }),
    mostWorkers: mostWanted,
    workersMade: pods.length,
  };
}
