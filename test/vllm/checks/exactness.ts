// One count everywhere: what the gateway says a prompt has is what each vLLM says it has, is what each vLLM charges.
import assert from 'node:assert/strict';
import pLimit from 'p-limit';
import { ask, CHAT, type Door, TEXT } from '../ask-gateway.ts';
import { exactnessSamples, type Sample } from '../exactness-samples.ts';
import { type GatewayProcess, startGatewayProcess } from '../gateway-process.ts';
import { Progress } from '../progress.ts';
import type { Report } from '../report.ts';
import type { RealServers } from '../servers/open-servers.ts';

/** As many as the servers work on at once (--max-num-seqs). */
const AT_ONCE = 8;
const SHOWN = 5;

export async function checkExactness(report: Report, servers: RealServers): Promise<void> {
  report.section('Exactness: our count = /tokenize of each server = usage.prompt_tokens of each pool');
  const gateway = await startGatewayProcess(servers);
  try {
    for (const { title, samples } of exactnessSamples()) {
      await report.check(`${samples.length} ${title}: 0 differences`, () =>
        compareAll(title, samples, servers, gateway),
      );
    }
  } finally {
    await gateway.stop();
  }
}

async function compareAll(
  title: string,
  samples: readonly Sample[],
  servers: RealServers,
  gateway: GatewayProcess,
): Promise<string> {
  const limit = pLimit(AT_ONCE);
  const progress = new Progress(`counting ${samples.length} ${title}`);
  const differences: string[] = [];
  let compared = 0;
  let tokens = 0;
  let refused = 0;
  const one = async (sample: Sample): Promise<void> => {
    const counts = await countsOf(sample, servers, gateway);
    const [first] = counts.values();
    if ([...counts.values()].some((count) => count !== first)) {
      differences.push(`${sample.name}: ${JSON.stringify(Object.fromEntries(counts))}`);
    } else if (typeof first === 'number') tokens += first;
    else refused += 1;
    compared += 1;
    progress.at(`${compared} of ${samples.length}, ${differences.length} differences`);
  };
  try {
    await Promise.all(samples.map((sample) => limit(() => one(sample))));
  } finally {
    limit.clearQueue();
    progress.clear();
  }
  assert.equal(
    differences.length,
    0,
    `${differences.length} differ:\n${differences.slice(0, SHOWN).join('\n')}`,
  );
  return `${tokens} tokens${refused === 0 ? '' : `, ${refused} refused by all alike`}`;
}

type Count = number | 'refused';

/** Every count there is of one prompt, by who counted. */
async function countsOf(
  sample: Sample,
  servers: RealServers,
  gateway: GatewayProcess,
): Promise<Map<string, Count>> {
  const pools = [
    { pool: 'default', url: servers.default.url },
    ...(servers.yarn === null ? [] : [{ pool: 'yarn-4', url: servers.yarn.url }]),
  ];
  const counts = new Map<string, Count>();
  if (sample.recordedCount !== null) counts.set('recorded', sample.recordedCount);
  counts.set('gateway /v1/tokenize', await tokenize(gateway, '/v1/tokenize', sample));
  for (const { pool, url } of pools) {
    counts.set(`${pool} /tokenize`, await tokenize({ url }, '/tokenize', sample));
    for (const [who, count] of await charged(gateway, pool, sample)) counts.set(`${pool} ${who}`, count);
  }
  return counts;
}

async function tokenize(door: Door, path: string, { body }: Sample): Promise<Count> {
  const answer = await ask(door, path, withMembers(body, '"model":"QwQ-32B"'));
  if (answer.status === 400) return 'refused';
  assert.equal(answer.status, 200, answer.text);
  return answer.json<{ count: number }>().count;
}

/** What the gateway told of the request, and what the worker charged for it. */
async function charged(
  gateway: GatewayProcess,
  pool: string,
  sample: Sample,
): Promise<readonly [string, Count][]> {
  const path = sample.kind === 'chat' ? CHAT : TEXT;
  const body = withMembers(sample.body, '"model":"QwQ-32B","max_tokens":1');
  const answer = await ask(gateway, path, body, { headers: { 'x-ropeway-pool': pool } });
  if (answer.status === 400) return [['chat', 'refused']];
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get('x-ropeway-pool'), pool);
  return [
    ['x-ropeway-prompt-tokens', Number(answer.headers.get('x-ropeway-prompt-tokens'))],
    ['usage.prompt_tokens', answer.json<{ usage: { prompt_tokens: number } }>().usage.prompt_tokens],
  ];
}

function withMembers(body: string, members: string): string {
  return `{${members},${body.slice(1)}`;
}
