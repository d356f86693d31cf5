// `npm run test:vllm`: everything the simulator stands for in the other tests, once against a real vLLM on this
// machine's CPU. Options and figures: docs/real-vllm.md.
import { Command } from 'commander';
import { checkContract } from './checks/contract.ts';
import { checkDeath } from './checks/death.ts';
import { checkExactness } from './checks/exactness.ts';
import { checkGateway } from './checks/gateway.ts';
import { Report, say } from './report.ts';
import { openServers, type RealServers } from './servers/open-servers.ts';
import { SetUpError } from './set-up-error.ts';

const PARTS = ['contract', 'exactness', 'gateway', 'death'] as const;
type Part = (typeof PARTS)[number];

const options = new Command('test:vllm')
  .description('Runs the contract suite, the exactness check and the gateway against a real vLLM on CPU.')
  .option('--keep', 'leave the servers running, and say where')
  .option('--only <parts>', `comma-separated: ${PARTS.join(', ')}`, PARTS.join(','))
  .parse()
  .opts<{ keep?: true; only: string }>();

const stop = new AbortController();
const stopped = new Promise<never>((_, reject) => {
  stop.signal.addEventListener('abort', () => reject(stop.signal.reason));
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stop.abort(new SetUpError(`stopped by ${signal}`)));
}

let servers: RealServers | null = null;
try {
  // A check may take minutes; whoever presses Ctrl-C does not wait for it.
  const failed = await Promise.race([run(), stopped]);
  process.exitCode = failed === 0 ? 0 : 1;
} catch (error) {
  process.exitCode = stop.signal.aborted ? 130 : 1;
  process.stderr.write(`test:vllm: ${explain(error)}\n`);
} finally {
  await leave();
}
// Sockets kept alive by a failed check must not hold the process.
process.exit();

/** Resolves with the number of failed checks. */
async function run(): Promise<number> {
  const wanted = parts(options.only);
  servers = await openServers(stop.signal);
  say(`\nReal vLLM: ${servers.what}`);
  const report = new Report(stop.signal);
  if (wanted.has('contract')) await checkContract(report, servers, stop.signal);
  if (wanted.has('exactness')) await checkExactness(report, servers);
  if (wanted.has('gateway')) await checkGateway(report, servers);
  if (wanted.has('death')) await checkDeath(report, servers, stop.signal);
  say(`\n${report.summary()}`);
  return report.failed;
}

function parts(list: string): ReadonlySet<Part> {
  const named = list.split(',').map((name) => {
    const part = PARTS.find((known) => known === name.trim());
    if (part === undefined) throw new SetUpError(`--only knows ${PARTS.join(', ')}; not '${name}'`);
    return part;
  });
  return new Set(named);
}

async function leave(): Promise<void> {
  if (servers === null) return;
  const pids = servers.pids();
  if (pids.length === 0) return;
  if (!options.keep) return servers.close();
  servers.keep();
  say('\nThe servers go on. Again with them:');
  say(`  VLLM_URL=${servers.default.url} VLLM_YARN_URL=${servers.yarn?.url} npm run test:vllm`);
  say(`Stop them: kill ${pids.join(' ')}`);
}

function explain(error: unknown): string {
  if (error instanceof SetUpError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
