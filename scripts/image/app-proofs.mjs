// How each app of the image is started as in a cluster, and what shows that it works. An app without a proof fails the proof.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** As OpenShift gives them: no user of the image, in no group of it. */
const ANY_USER = { uid: 1_000_730_000, gid: 1_000_730_000 };
const CONFIGURED = ['--config', '/etc/ropeway/ropeway.yaml'];

/** In order: the gateway needs the simulated worker, control and scaler are told of both. */
export const PROOFS = [
  { app: 'cli', prove: proveCli },
  { app: 'vllm-sim', prove: proveSim },
  { app: 'gateway', prove: proveGateway },
  { app: 'control', prove: proveControl },
  { app: 'scaler', prove: proveScaler },
  { app: 'standalone', prove: proveStandalone },
];

/** `start(terms)` gives an ImageProcess that is ended when all is over; `expect(is, sentence)` throws the sentence. */
async function proveCli({ start, expect, site }) {
  const run = async (...command) => {
    const cli = start({ command: ['ropeway', ...command] });
    return { code: await cli.ended(), output: cli.output };
  };
  const made = await run('key', 'new', '--new-pepper', '--json');
  expect(made.code === 0, made.output);
  Object.assign(site, JSON.parse(made.output));
  const outside = await run('bootstrap');
  expect(outside.output.includes('ROPEWAY_DATABASE_URL'), outside.output);
  // The first process of a container is only ended by a signal it listens to.
  const waiting = start({
    command: ['ropeway', 'migrate', '--wait', '10m'],
    env: { ROPEWAY_DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none' },
  });
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const code = await waiting.terminate();
  expect(code === 143, `ropeway migrate ended with ${code} on SIGTERM: ${waiting.output}`);
  return 'makes a key, says what is missing, ends on SIGTERM';
}

async function proveSim({ start, site }) {
  const port = await freePort();
  site.worker = start({ args: [main('vllm-sim'), '--port', `${port}`], user: ANY_USER });
  site.workerUrl = `http://127.0.0.1:${port}`;
  await site.worker.answers(`${site.workerUrl}/health`);
  return 'is healthy';
}

async function proveGateway({ start, expect, site }) {
  const [port, opsPort] = [await freePort(), await freePort()];
  const state = stateFolder(site, 'gateway', site.user);
  site.settings = {
    models: [{ id: 'qwq-32b', profile: 'qwq', servedName: 'QwQ-32B' }],
    pools: [
      {
        name: 'default',
        model: 'qwq-32b',
        rope: { type: 'default' },
        windowTokens: 40_960,
        workers: [site.workerUrl],
      },
    ],
    keys: [site.declaration],
    peppers: [{ version: site.declaration.pepperVersion, file: '/etc/ropeway/pepper' }],
    database: { embedded: '/var/lib/ropeway/db' },
    ledger: { outbox: '/var/lib/ropeway/outbox' },
    control: { host: '127.0.0.1', adminKeyFile: '/etc/ropeway/admin-key' },
    server: { port },
    ops: { port: opsPort },
  };
  site.gatewayOps = `http://127.0.0.1:${opsPort}`;
  const gateway = start({
    args: [main('gateway'), ...CONFIGURED],
    mounts: { '/etc/ropeway': configFolder(site) },
    writable: { '/var/lib/ropeway': state },
  });
  await gateway.answers(`${site.gatewayOps}/livez`);
  await gateway.answers(`${site.gatewayOps}/readyz`);
  const body = {
    model: 'qwq-32b',
    max_tokens: 16,
    messages: [{ role: 'user', content: 'Which is larger, 9.9 or 9.11?' }],
  };
  const answer = await gateway.answers(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${site.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(JSON.parse(answer).usage.prompt_tokens > 0, answer);
  const code = await gateway.terminate();
  expect(code === 0, `it ended with ${code} on SIGTERM: ${gateway.output}`);
  return 'is live and ready, counts, answers through a worker, writes its outbox and database, ends with 0 on SIGTERM';
}

async function proveControl({ start, expect, site }) {
  const port = await freePort();
  const made = start({ args: [main('control'), 'new-key', '--role', 'admin'] });
  expect((await made.ended()) === 0, made.output);
  const [key = ''] = made.output.split('\n');
  site.settings = { ...site.settings, control: { ...site.settings.control, port } };
  const control = start({
    args: [main('control'), ...CONFIGURED],
    mounts: { '/etc/ropeway': configFolder(site, { 'admin-key': key }) },
    // The embedded database alone: with PostgreSQL it writes nothing at all.
    writable: { '/var/lib/ropeway': stateFolder(site, 'control', ANY_USER) },
    user: ANY_USER,
  });
  await control.answers(`http://127.0.0.1:${port}/livez`);
  await control.answers(`http://127.0.0.1:${port}/admin/status`, {
    headers: { authorization: `Bearer ${key}` },
  });
  const code = await control.terminate();
  expect(code === 0, `it ended with ${code} on SIGTERM: ${control.output}`);
  return 'is live, takes the admin key of a read-only file, ends with 0 on SIGTERM';
}

async function proveScaler({ start, expect, site }) {
  const [port, opsPort] = [await freePort(), await freePort()];
  const { database: _none, ...settings } = site.settings;
  site.settings = {
    ...settings,
    ops: { port: opsPort },
    scaler: { port, gateways: { urls: [site.gatewayOps] } },
  };
  const scaler = start({
    args: [main('scaler'), ...CONFIGURED],
    mounts: { '/etc/ropeway': configFolder(site) },
    user: ANY_USER,
  });
  await scaler.answers(`http://127.0.0.1:${opsPort}/livez`);
  const code = await scaler.terminate();
  expect(code === 0, `it ended with ${code} on SIGTERM: ${scaler.output}`);
  return 'is live, ends with 0 on SIGTERM';
}

async function proveStandalone({ start, expect, site }) {
  const standalone = start({
    args: [main('standalone'), '--exit', '--json', '--state', '/var/lib/ropeway/state'],
    env: { ROPEWAY_SERVER_PORT: '0', ROPEWAY_OPS_PORT: '0', ROPEWAY_CONTROL_PORT: '0' },
    writable: { '/var/lib/ropeway': stateFolder(site, 'standalone', ANY_USER) },
    user: ANY_USER,
  });
  const code = await standalone.ended();
  expect(code === 0, `it ended with ${code}: ${standalone.output}`);
  return 'answers its three requests, of 90,000 tokens too';
}

function main(app) {
  return `dist/apps/${app}/src/main.js`;
}

/** A ConfigMap and its Secrets, as far as an app is concerned. */
function configFolder({ folder, settings, pepper }, files = {}) {
  const made = mkdtempSync(join(folder, 'config-'));
  const all = { 'ropeway.yaml': JSON.stringify(settings), pepper, ...files };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(made, name), text);
  return openTo(made);
}

function openTo(folder) {
  chmodSync(folder, 0o755);
  return folder;
}

/** A volume, as fsGroup hands it to a pod. */
function stateFolder({ folder }, name, { uid, gid }) {
  const made = join(folder, `state-${name}`);
  mkdirSync(made);
  chownSync(made, uid, gid);
  return made;
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
