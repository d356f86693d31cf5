import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createLogger,
  Lifecycle,
  newRequestRecord,
  OpsServer,
  type RequestRecord,
  Telemetry,
} from '#telemetry';
import { StaticFleet } from '#workers';
import { aPoolDeclaration } from '../../../../libs/workers/testing/a-pool-declaration.ts';
import { LiveAnswers } from '../completions/live-answers.ts';
import { aParkingLot } from '../parking/parking-lot-under-test.ts';
import { opsPages } from './ops-pages.ts';

const log = createLogger({ level: 'silent', destination: { write: () => {} } });
const telemetry = new Telemetry({ log, version: '1.2.3', keepRequests: 10 });
// Port 1 of this machine: nothing listens there.
const fleet = new StaticFleet({
  pools: [aPoolDeclaration({ workers: [{ url: 'http://127.0.0.1:1' }] })],
});
const lifecycle = new Lifecycle();
const { parking } = aParkingLot({ snapshot: () => fleet.snapshot() });
let looked = false;
const ports = {
  telemetry,
  fleet,
  parking,
  discovery: () => null,
  databaseProblem: () => null,
  hasKeys: () => true,
  outboxProblem: () => null,
  lifecycle,
  liveAnswers: new LiveAnswers(),
  gatewayId: 'gateway-0/1',
};
const ops = new OpsServer(opsPages({ ...ports, hasLooked: () => looked }));
let url = '';
beforeAll(async () => {
  url = `http://127.0.0.1:${await ops.listen(0, '127.0.0.1')}`;
});
afterAll(async () => {
  await ops.close();
  await fleet.close();
  telemetry.close();
});

it('lives, starts, is ready though no worker is, and drains, in this order', async () => {
  const readiness = async () => {
    const answer = await fetch(`${url}/readyz`);
    return [answer.status, ((await answer.json()) as { status: string }).status];
  };
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  expect(await readiness()).toEqual([503, 'starting']);
  looked = true;
  expect(await readiness()).toEqual([200, 'ready']);
  await lifecycle.drain(0);
  expect(await readiness()).toEqual([503, 'draining']);
  expect((await fetch(`${url}/livez`)).status).toBe(200);
});

it('is not ready while the disk of the outbox is full, says so, and is again once it has room', async () => {
  let problem: string | null = 'the disk of the outbox has 1 MiB left';
  const pages = opsPages({
    ...ports,
    lifecycle: new Lifecycle(),
    hasLooked: () => true,
    outboxProblem: () => problem,
  });
  expect(pages.readiness()).toMatchObject({ status: 'outbox_disk_full', reason: problem });
  problem = null;
  expect(pages.readiness()).toMatchObject({ status: 'ready' });
});

it('names each worker that is not ready, and why', async () => {
  await fleet.firstLook(new AbortController().signal);
  const { workers } = (await (await fetch(`${url}/readyz`)).json()) as { workers: unknown };
  expect(workers).toMatchObject({
    total: 1,
    ready: 0,
    not_ready: [{ worker: 'http://127.0.0.1:1', pool: 'default', reason: expect.stringMatching(/./) }],
  });
});

it('shows the demand of each pool, in few bytes', async () => {
  const demand = await (await fetch(`${url}/demand`)).json();
  expect(demand).toEqual({
    version: 1,
    gateway: 'gateway-0/1',
    pools: {
      default: {
        parked: 0,
        parked_tokens: 0,
        prefill_tokens: 0,
        running: 0,
        activation: false,
        ready: 0,
        coming: 0,
        kv_usage: {},
      },
    },
  });
});

it('shows the metrics as text, and no other path', async () => {
  const metrics = await fetch(`${url}/metrics?x=1`);
  expect(metrics.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(await metrics.text()).toContain('ropeway_build_info{version="1.2.3"');
  expect((await fetch(`${url}/v1/models`)).status).toBe(404);
});

it('says that its port is taken', async () => {
  const second = new OpsServer(opsPages({ ...ports, hasLooked: () => true }));
  await expect(second.listen(Number(new URL(url).port), '127.0.0.1')).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});

describe('requests', () => {
  const ended = (requestId: string, outcome: RequestRecord['outcome'], correlationId: string | null) => {
    const record = newRequestRecord(requestId, 'chat', performance.now());
    telemetry.record(Object.assign(record, { outcome, correlationId, endedMs: performance.now() }));
  };
  const asked = async (path: string): Promise<{ status: number; ids: readonly string[] }> => {
    const answer = await fetch(`${url}/requests${path}`);
    const { requests = [] } = (await answer.json()) as { requests?: readonly { request_id: string }[] };
    return { status: answer.status, ids: requests.map(({ request_id }) => request_id) };
  };
  beforeAll(() => {
    ended('req-1', 'completed', 'mine/1');
    ended('req-2', 'failed', null);
    ended('req-3', 'completed', 'mine/1');
  });

  it("are told by our id or by the client's, newest first, and 404 where they are not known", async () => {
    expect(await asked('/req-2')).toEqual({ status: 200, ids: ['req-2'] });
    expect(await asked(`/${encodeURIComponent('mine/1')}`)).toEqual({ status: 200, ids: ['req-3', 'req-1'] });
    expect(await asked('/req-9')).toEqual({ status: 404, ids: [] });
  });

  it('are listed, those of one outcome too', async () => {
    expect((await asked('')).ids).toEqual(['req-3', 'req-2', 'req-1']);
    expect((await asked('?outcome=failed&limit=5')).ids).toEqual(['req-2']);
    expect((await asked('?limit=1')).ids).toEqual(['req-3']);
    expect((await asked('?limit=-1')).ids).toHaveLength(3);
  });
});
