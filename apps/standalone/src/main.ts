// `npm run up`: the whole of Ropeway in one process, on simulated workers. Sends three requests through its own front
// door, shows what happened to each, and serves until Ctrl-C (`--exit`: stops after the table).
import { resolve } from 'node:path';
import { Command } from 'commander';
import { explainStartError, version } from '#config';
import { type Gateway, openState, serveUntilSignal, startGateway } from '#gateway';
import { createLogger } from '#telemetry';
import { DatabaseRegistry } from '#tenancy';
import { type Asked, ask } from './ask.ts';
import { demoRequests } from './demo-requests.ts';
import { demoProblems, demoTable } from './demo-table.ts';
import { ensureDemoKey } from './demo-tenant.ts';
import { howToCall } from './how-to-call.ts';
import { refuseFullDisk } from './refuse-full-disk.ts';
import { progress, progressDone, say } from './say.ts';
import { standaloneConfig } from './standalone-config.ts';
import { newestPepper, present, startControlOf } from './start-control-of.ts';
import { startSims } from './start-sims.ts';
import { openStateFolder } from './state-folder.ts';
import { requestsUsed, tenantTable, tenantView } from './tenant-table.ts';

/** Workers on this machine are looked at within a second; longer means that something is wrong. */
const FIRST_LOOK_MS = 30_000;
/** Usage goes by the outbox: a fraction of a second. */
const USAGE_MS = 15_000;

const options = new Command('up')
  .description('Starts Ropeway on three simulated pools, shows three requests, and serves until Ctrl-C.')
  .version(version)
  .option('--exit', 'stop after the table; exit code 0 when all three requests went right')
  .option('--json', 'print what happened as JSON instead of a table; progress goes to standard error')
  .option('--state <folder>', 'where keys, pepper, database and outbox are kept', '.ropeway')
  .parse()
  .opts<{ exit?: true; json?: true; state: string }>();

try {
  process.exit(await up());
} catch (error) {
  process.stderr.write(
    `${explainStartError(error, { folder: resolve(options.state), option: '--state' })}\n`,
  );
  process.exit(1);
}

async function up(): Promise<number> {
  const folder = openStateFolder(resolve(options.state));
  progress('starting three simulated pools and the embedded database …');
  await using closing = new AsyncDisposableStack();
  const sims = await startSims();
  closing.defer(() => sims.close());
  const config = standaloneConfig(folder, sims.urls);
  const log = createLogger({ level: config.log.level });
  const state = await openState(config, log.logger);
  closing.defer(() => state.close());
  await refuseFullDisk(state);
  const registry = new DatabaseRegistry({ database: present(state.database), pepper: newestPepper(config) });
  const key = await ensureDemoKey(registry, folder);
  const gateway = await startGateway(config, log, state);
  closing.defer(() => gateway.close());
  const control = await startControlOf(config, { state, gateway, registry, logger: log.logger });
  closing.defer(() => control.close());
  await gateway.ready(AbortSignal.timeout(FIRST_LOOK_MS));
  const usedBefore = await requestsUsed(gateway.url, key);
  const asked = await askAll(gateway, key);
  const view = await tenantView(gateway.url, key, usedBefore + asked.length, AbortSignal.timeout(USAGE_MS));
  const problems = demoProblems(asked);
  if (options.json) say(JSON.stringify({ requests: asked, problems, tenant: view }, null, 2));
  else say([`\n${demoTable(asked)}\n\n${tenantTable(view)}`, ...problems.map(wrong)].join('\n'));
  if (options.exit) return problems.length === 0 ? 0 : 1;
  say(howToCall({ gateway, controlUrl: control.url, key, folder }));
  return await serveUntilSignal(gateway, log.logger, () =>
    say('\nstopping: running answers may finish; Ctrl-C again to cut them'),
  );
}

function wrong(problem: string): string {
  return `wrong: ${problem}`;
}

async function askAll(gateway: Gateway, key: string): Promise<readonly Asked[]> {
  const requests = demoRequests();
  const asked: Asked[] = [];
  for (const [at, request] of requests.entries()) {
    const started = Date.now();
    const title = `request ${at + 1} of ${requests.length}: ${request.title}`;
    let tokens = 0;
    const show = () =>
      progress(`${title} … ${((Date.now() - started) / 1000).toFixed(0)} s, ${tokens} chunks`);
    const timer = setInterval(show, 500);
    try {
      asked.push(
        await ask(`${gateway.url}/v1`, key, request, (count) => {
          tokens = count;
        }),
      );
    } finally {
      clearInterval(timer);
    }
    progressDone(`${title}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
  return asked;
}
