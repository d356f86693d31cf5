// A real vLLM that gets SIGTERM while it streams: it falls silent and keeps the socket open for ever (observed on 0.32
// and 0.33). The gateway must end the stream within seconds, and send whoever comes next elsewhere or away.
import assert from 'node:assert/strict';
import { eventually } from '../../e2e/harness/eventually.ts';
import { StreamReader } from '../../e2e/harness/read-stream.ts';
import { ask, CHAT, open } from '../ask-gateway.ts';
import { chat, ENDLESS } from '../chats.ts';
import { type GatewayProcess, startGatewayProcess } from '../gateway-process.ts';
import type { Report } from '../report.ts';
import type { RealServers } from '../servers/open-servers.ts';
import type { VllmServer } from '../servers/start-vllm.ts';

/** Issue 3, part 5: ended by us within seconds, not at a time-out of minutes. */
const SECONDS_MS = 10_000;
const BACK_MS = 30_000;

export async function checkDeath(report: Report, servers: RealServers, signal: AbortSignal): Promise<void> {
  report.section('A worker that gets SIGTERM in the middle of a stream');
  const { process: worker } = servers.default;
  if (worker === null)
    return report.skip('the death of a worker', 'VLLM_URL names a server that is not ours to end');
  const strict = await startGatewayProcess(servers);
  const spilling = await startGatewayProcess(servers, { model: { spill: { afterMs: 200 } } });
  try {
    await report.check('the stream is ended with an error event within seconds, without [DONE]', () =>
      endsTheStream(strict, worker),
    );
    await report.check('who comes before that is noticed gets a fault, not silence', async () => {
      const answer = await ask(strict, CHAT, chat('Hi'));
      assert.ok([502, 503].includes(answer.status), answer.text);
      return `${answer.status} ${answer.error.code}`;
    });
    await report.check('who comes after is refused with pool_unavailable', async () => {
      const isDown = async () => (await strict.readiness()).workers.not_ready.length === 1;
      await eventually('the worker is seen as down', isDown);
      const answer = await ask(strict, CHAT, chat('Hi'));
      assert.equal(answer.status, 503, answer.text);
      assert.equal(answer.error.code, 'pool_unavailable', answer.text);
      return `retry-after ${answer.headers.get('retry-after')} s`;
    });
    if (servers.yarn !== null) {
      await report.check('with spill it goes to the other pool, and says so', async () => {
        const answer = await ask(spilling, CHAT, chat('Hi'));
        assert.equal(answer.status, 200, answer.text);
        assert.equal(answer.headers.get('x-ropeway-pool'), 'yarn-4');
        assert.equal(answer.headers.get('x-ropeway-reason'), 'spill');
        return undefined;
      });
    }
    await report.check('started again, the worker is found and used', async () => {
      await servers.restart(worker, signal);
      const isBack = async () => (await strict.readiness()).workers.not_ready.length === 0;
      await eventually('every worker is ready', isBack, BACK_MS);
      const answer = await ask(strict, CHAT, chat('Hi'));
      assert.equal(answer.headers.get('x-ropeway-pool'), 'default', answer.text);
      return undefined;
    });
  } finally {
    await Promise.all([strict.stop(), spilling.stop()]);
  }
}

async function endsTheStream(gateway: GatewayProcess, worker: VllmServer): Promise<string> {
  const body = chat('Hi', { stream: true, max_tokens: 30_000, ...ENDLESS });
  const reader = new StreamReader(await open(gateway, CHAT, body));
  for (let frames = 0; frames < 20; frames += 1) assert.notEqual(await reader.next(), null);
  const startedMs = performance.now();
  worker.terminate();
  const rest = await reader.rest();
  const tookMs = performance.now() - startedMs;
  const last = rest.at(-1) ?? '';
  assert.match(last, /"error"/);
  const { error } = JSON.parse(last.slice(last.indexOf('{'))) as { error: { code: string; message: string } };
  assert.equal(error.code, 'worker_failed');
  assert.ok(tookMs < SECONDS_MS, `after ${Math.round(tookMs)} ms`);
  return `after ${(tookMs / 1000).toFixed(1)} s: ${error.message}`;
}
