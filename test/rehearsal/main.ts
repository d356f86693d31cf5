// `npm run rehearsal`: a day in minutes on one machine, without GPU or containers. Gateways and scaler are real; the rest is
// stand-ins, or with `--cluster` a real control plane.
import { Command, InvalidArgumentError } from 'commander';
import { controlPlanePrograms } from '../cluster/programs/control-plane-programs.ts';
import { goVersion } from '../cluster/programs/run-go.ts';
import { whatIsMissing } from '../cluster/programs/what-is-missing.ts';
import { ClusterStage } from './cluster/cluster-stage.ts';
import { StandInStage } from './pods/stand-in-stage.ts';
import { Rehearsal } from './rehearsal.ts';
import { reportTable } from './report/report-table.ts';
import type { Stage, StageTerms } from './stage.ts';

/** In less, what happens on that day does not fit in. */
const LEAST_MINUTES = 2;
const ABOUT_STAND_INS = `Real: two gateways and the scaler, built and started as processes; discovery, parking,
routing, gRPC. Played: the API server's pods, kubelet and Deployments, KEDA and the
autoscaler (their rules, faster), the Service; workers are vllm-sim (no GPU).
`;
const ABOUT_CLUSTER = `Real: the API server, scheduler, controllers and autoscaler of Kubernetes, KEDA, the
chart installed by Helm, RBAC, two gateways, control, scaler, Redis, PostgreSQL. Played:
nodes and kubelets (pods are processes here), the Service; workers are vllm-sim (no GPU).
`;

const options = new Command('rehearsal')
  .description('Plays a day in minutes on one machine: real gateways and scaler, simulated workers.')
  .option('--minutes <number>', 'how long the day takes', minutesOf, 3)
  .option('--json', 'print what was found as JSON; progress goes to standard error')
  .option('--cluster', 'play it on a real control plane, with a real KEDA (needs Go)')
  .parse()
  .opts<{ minutes: number; json?: true; cluster?: true }>();

const say = (line: string) => void (options.json ? process.stderr : process.stdout).write(`${line}\n`);
const { minutes } = options;
const stage = options.cluster ? await onCluster() : onStandIns();
const rehearsal = new Rehearsal({ minutes, say, stage });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => rehearsal.interrupt());
try {
  const report = await rehearsal.run();
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else say(reportTable(report, (atMs) => rehearsal.hourOf(atMs)));
  process.exit(report.promises.every(({ isKept }) => isKept) ? 0 : 1);
} catch (error) {
  process.stderr.write(`rehearsal: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}

function onStandIns(): (terms: StageTerms) => Stage {
  if (process.platform !== 'linux')
    refuse('needs Linux: pods get loopback addresses of their own (127.x.y.z)');
  say(ABOUT_STAND_INS);
  return (terms) => new StandInStage(terms);
}

async function onCluster(): Promise<(terms: StageTerms) => Stage> {
  const missing = whatIsMissing();
  if (missing !== null) refuse(`${missing}; the day on a real control plane is not played`);
  say(ABOUT_CLUSTER);
  const programs = await controlPlanePrograms(goVersion() ?? '');
  return (terms) => new ClusterStage(programs, terms);
}

function refuse(why: string): never {
  process.stderr.write(`rehearsal: ${why}\n`);
  process.exit(1);
}

function minutesOf(text: string): number {
  const minutes = Number(text);
  if (Number.isFinite(minutes) && minutes >= LEAST_MINUTES) return minutes;
  throw new InvalidArgumentError(`a number of at least ${LEAST_MINUTES}`);
}
