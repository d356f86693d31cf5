// `npm run rehearsal`: a day in minutes on one machine, without Kubernetes, GPU or containers. Real: two gateways and the
// scaler as they are built. Played: the API server's pods, KEDA and the autoscaler, the Service, the workers, the callers.
import { Command, InvalidArgumentError } from 'commander';
import { StandInStage } from './pods/stand-in-stage.ts';
import { Rehearsal } from './rehearsal.ts';
import { reportTable } from './report/report-table.ts';

/** In less, what happens on that day does not fit in. */
const LEAST_MINUTES = 2;

const options = new Command('rehearsal')
  .description('Plays a day in minutes on one machine: real gateways and scaler, everything else simulated.')
  .option('--minutes <number>', 'how long the day takes', minutesOf, 3)
  .option('--json', 'print what was found as JSON; progress goes to standard error')
  .option('--cluster', 'says where the same is proved on a real control plane')
  .parse()
  .opts<{ minutes: number; json?: true; cluster?: true }>();

const say = (line: string) => void (options.json ? process.stderr : process.stdout).write(`${line}\n`);

if (options.cluster) {
  say('rehearsal: a real control plane, with a real KEDA, is what `npm run test:cluster` plays on');
  process.exit(1);
}
if (process.platform !== 'linux') {
  say('rehearsal: needs Linux: pods get loopback addresses of their own (127.x.y.z)');
  process.exit(1);
}

say(`Real: two gateways and the scaler, built and started as processes; discovery, parking,
routing, gRPC. Played: the API server's pods, kubelet and Deployments, KEDA and the
autoscaler (their rules, faster), the Service; workers are vllm-sim (no GPU).
`);
const rehearsal = new Rehearsal({ minutes: options.minutes, say, stage: (terms) => new StandInStage(terms) });
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

function minutesOf(text: string): number {
  const minutes = Number(text);
  if (Number.isFinite(minutes) && minutes >= LEAST_MINUTES) return minutes;
  throw new InvalidArgumentError(`a number of at least ${LEAST_MINUTES}`);
}
