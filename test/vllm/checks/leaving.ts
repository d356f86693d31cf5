// A client that leaves frees its place in the real engine at once.
import assert from 'node:assert/strict';
import { eventually } from '../../e2e/harness/eventually.ts';
import { StreamReader } from '../../e2e/harness/read-stream.ts';
import { CHAT, open } from '../ask-gateway.ts';
import { chat, ENDLESS } from '../chats.ts';
import { runningRequests } from '../worker-metrics.ts';
import type { Bench } from './bench.ts';

/** As much as the default pool takes; nobody waits for its end. */
const LONG = { max_tokens: 30_000, ...ENDLESS };

export async function checkLeaving({ report, servers, gateway }: Bench): Promise<void> {
  const { url } = servers.default;
  const none = () => eventually('nothing runs on the worker', async () => (await runningRequests(url)) === 0);
  const one = () => eventually('one request runs', async () => (await runningRequests(url)) === 1);
  report.section('The gateway in front of it: clients that leave');
  await report.check('a stream that is left stops running on the worker', async () => {
    await none();
    const reader = new StreamReader(await open(gateway, CHAT, chat('Hi', { stream: true, ...LONG })));
    for (let frames = 0; frames < 20; frames += 1) assert.notEqual(await reader.next(), null);
    await one();
    const leftMs = performance.now();
    await reader.leave();
    await none();
    return `gone from the metrics page after ${Math.round(performance.now() - leftMs)} ms`;
  });
  await report.check('an answer in one that is not waited for stops running on the worker', async () => {
    const client = new AbortController();
    const answer = open(gateway, CHAT, chat('Hi', LONG), { signal: client.signal });
    const gaveUp = assert.rejects(answer);
    await one();
    const leftMs = performance.now();
    client.abort();
    await gaveUp;
    await none();
    return `gone from the metrics page after ${Math.round(performance.now() - leftMs)} ms`;
  });
}
