// The fleet's own look at real servers, and where requests go.
import assert from 'node:assert/strict';
import { ask, CHAT } from '../ask-gateway.ts';
import { chat, prose } from '../chats.ts';
import { type GatewayProcess, type GatewayTerms, startGatewayProcess } from '../gateway-process.ts';
import { DEFAULT_WINDOW, type RealServers, YARN_WINDOW } from '../servers/open-servers.ts';
import { askedCompletions, workerMetric } from '../worker-metrics.ts';
import type { Bench } from './bench.ts';

interface Placed {
  readonly pool: string;
  readonly rope: string;
  readonly reason: string;
}

export async function checkRouting({ report, servers, gateway }: Bench): Promise<void> {
  const pools = servers.yarn === null ? 1 : 2;
  report.section('The gateway in front of it: fleet and routes');
  await report.check(`/readyz: ${pools} of ${pools} workers ready`, async () => {
    const { status, workers } = await gateway.readiness();
    assert.deepEqual({ status, ...workers }, { status: 'ready', total: pools, ready: pools, not_ready: [] });
    return undefined;
  });
  await report.check('the start has compared its counts with each worker, and found them equal', () =>
    comparesCounts(servers),
  );
  await report.check('workers with another chat template are quarantined, with the reason', () =>
    wrongTemplate(servers),
  );
  await report.check('a worker declared with another window is quarantined, with the reason', () =>
    wrongWindow(servers),
  );
  await report.check('a short chat goes to the default pool', () =>
    placed(gateway, chat('Which is larger, 9.9 or 9.11?'), {
      pool: 'default',
      rope: 'default',
      reason: 'smallest-rope',
    }),
  );
  await report.check('a prompt and an output that fill the window to the last token stay there', () =>
    placed(gateway, chat('Hi', { max_tokens: DEFAULT_WINDOW - 11 }), {
      pool: 'default',
      rope: 'default',
      reason: 'smallest-rope',
    }),
  );
  if (servers.yarn === null) return report.skip('routes to yarn-4', 'VLLM_YARN_URL is not set');
  const yarn = { pool: 'yarn-4', rope: 'yarn-4' };
  await report.check('one token more goes to yarn-4', () =>
    placed(gateway, chat('Hi', { max_tokens: DEFAULT_WINDOW - 10 }), { ...yarn, reason: 'output-budget' }),
  );
  await report.check('a short prompt with max_tokens 60,000 goes to yarn-4', () =>
    placed(gateway, chat('Hi', { max_tokens: 60_000 }), { ...yarn, reason: 'output-budget' }),
  );
  await report.check('a prompt of 36,000 tokens and an assumed answer go to yarn-4', () =>
    placed(gateway, chat(prose(36_000)), { ...yarn, reason: 'output-budget' }),
  );
  await report.check('a prompt of 45,000 tokens goes to yarn-4', () =>
    placed(gateway, chat(prose(45_000), { max_tokens: 100 }), { ...yarn, reason: 'smallest-rope' }),
  );
  await report.check('overBudget: clip cuts an output that fits no window, openly', () => clips(servers));
}

/** Asks, and compares where it went with what was expected and with what /v1/route says. */
async function placed(gateway: GatewayProcess, body: unknown, expected: Placed): Promise<string> {
  const route = (await ask(gateway, '/v1/route', body)).json<{ choice: Placed | null }>();
  const answer = await ask(gateway, CHAT, body);
  assert.equal(answer.status, 200, answer.text);
  const header = (name: string) => answer.headers.get(`x-ropeway-${name}`);
  assert.deepEqual({ pool: header('pool'), rope: header('rope'), reason: header('reason') }, expected);
  assert.deepEqual(
    { pool: route.choice?.pool, rope: route.choice?.rope, reason: route.choice?.reason },
    expected,
  );
  const { usage } = answer.json<{ usage: { prompt_tokens: number; completion_tokens: number } }>();
  assert.equal(usage.prompt_tokens, Number(header('prompt-tokens')));
  return `${usage.prompt_tokens} + ${usage.completion_tokens} tokens`;
}

async function comparesCounts(servers: RealServers): Promise<string> {
  const asked = () => workerMetric(servers.default.url, 'http_requests_total', 'handler="/tokenize"');
  const before = await asked();
  const gateway = await startGatewayProcess(servers);
  try {
    const probes = (await asked()) - before;
    // Every probe was asked, so none before the last was answered differently.
    assert.ok(probes >= 40, `only ${probes} counts were compared`);
    const metrics = await (await fetch(`${gateway.opsUrl}/metrics`)).text();
    assert.doesNotMatch(metrics, /^ropeway_tokenizer_mismatches_total.* [1-9]/m);
    return `${probes} counts a worker`;
  } finally {
    await gateway.stop();
  }
}

function wrongTemplate(servers: RealServers): Promise<string> {
  return quarantined(servers, { model: { profile: 'qwen3' } }, /it counts \d+ tokens/);
}

function wrongWindow(servers: RealServers): Promise<string> {
  const pool = { name: 'default', model: 'qwq-32b', rope: { type: 'default' }, windowTokens: 32_768 };
  return quarantined(
    servers,
    { settings: { pools: [{ ...pool, workers: [servers.default.url] }] } },
    /max_model_len is 40960/,
  );
}

/** No worker of this gateway may be used, and none is asked. Resolves with the reason. */
async function quarantined(servers: RealServers, terms: GatewayTerms, reason: RegExp): Promise<string> {
  const gateway = await startGatewayProcess(servers, terms);
  try {
    const { workers } = await gateway.readiness();
    assert.equal(workers.ready, 0);
    const [worker] = workers.not_ready;
    assert.equal(worker?.state, 'quarantined');
    assert.match(worker?.reason ?? '', reason);
    const before = await askedCompletions(servers.default.url);
    const answer = await ask(gateway, CHAT, chat('Hi'));
    assert.equal(answer.error.code, 'pool_unavailable', answer.text);
    assert.equal(await askedCompletions(servers.default.url), before);
    return `"${(worker?.reason ?? '').slice(0, 100)}…"`;
  } finally {
    await gateway.stop();
  }
}

async function clips(servers: RealServers): Promise<string> {
  const gateway = await startGatewayProcess(servers, { model: { overBudget: 'clip' } });
  try {
    const answer = await ask(gateway, CHAT, chat('Hi', { max_tokens: 200_000 }));
    assert.equal(answer.status, 200, answer.text);
    const clipped = answer.headers.get('x-ropeway-output-clipped');
    assert.equal(clipped, String(YARN_WINDOW - 11));
    assert.equal(answer.headers.get('x-ropeway-reason'), 'clipped');
    return `x-ropeway-output-clipped ${clipped}`;
  } finally {
    await gateway.stop();
  }
}
