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
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stop.abort(new Error(`stopped by ${signal}`)));
}

let servers: RealServers | null = null;
const wanted = new Set(options.only.split(','));
const wants = (part: Part): boolean => wanted.has(part);
try {
  const unknown = [...wanted].filter((part) => !PARTS.some((known) => known === part));
  if (unknown.length > 0) throw new SetUpError(`--only knows ${PARTS.join(', ')}; not ${unknown.join(', ')}`);
  servers = await openServers(stop.signal);
  process.on('exit', () => options.keep || servers?.kill());
  say(`\nReal vLLM: ${servers.what}`);
  const report = new Report(stop.signal);
  if (wants('contract')) await checkContract(report, servers, stop.signal);
  if (wants('exactness')) await checkExactness(report, servers);
  if (wants('gateway')) await checkGateway(report, servers);
  if (wants('death')) await checkDeath(report, servers, stop.signal);
  say(`\n${report.summary()}`);
  process.exitCode = report.failed === 0 ? 0 : 1;
} catch (error) {
  process.exitCode = stop.signal.aborted ? 130 : 1;
  const isKnown = error instanceof SetUpError || stop.signal.aborted;
  process.stderr.write(`test:vllm: ${isKnown ? messageOf(error) : stackOf(error)}\n`);
} finally {
  await leave();
}
// Sockets kept alive by a failed check must not hold the process.
process.exit();

async function leave(): Promise<void> {
  if (servers === null) return;
  const pids = servers.pids();
  if (pids.length === 0) return;
  if (!options.keep) return servers.close();
  say('\nThe servers go on. Again with them:');
  say(`  VLLM_URL=${servers.default.url} VLLM_YARN_URL=${servers.yarn?.url} npm run test:vllm`);
  say(`Stop them: kill ${pids.join(' ')}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
