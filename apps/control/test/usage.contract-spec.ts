import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, it } from '@jest/globals';
import { DatabaseSink, UsageQueries } from '#ledger';
import { controlOver, onBothControls, unique } from './control-under-test.ts';
import { ledgerRow } from './ledger-row.ts';

onBothControls('usage', (control) => {
  const ask = (...args: Parameters<ReturnType<typeof control>['ask']>) => control().ask(...args);
  const tenant = unique('acme');
  const rows = [
    ledgerRow({ tenant }),
    ledgerRow({ tenant, pool: 'yarn-4', pool_weight_milli: 2_000 }),
    ledgerRow({
      tenant,
      started_at: '2026-11-21T00:00:00.000Z',
      model: '=HYPERLINK("x")',
      outcome: 'failed',
      fault: 'worker_failed',
    }),
    ledgerRow({ tenant: unique('other') }),
  ];
  const period = `from=2026-11-01&to=2026-11-30&tenant=${tenant}`;

  beforeAll(async () => {
    await new DatabaseSink(control().database).write(JSON.stringify(rows), AbortSignal.timeout(10_000));
  });

  it('is summed by what is asked for, and by nothing else', async () => {
    const { status, body } = await ask(`/admin/usage?${period}&by=day,pool`);
    expect([status, body.nextCursor]).toEqual([200, null]);
    expect(body.items).toEqual([
      { day: '2026-11-20', pool: 'default', ...sums(1, 150) },
      { day: '2026-11-20', pool: 'yarn-4', ...sums(1, 300) },
      { day: '2026-11-21', pool: 'default', ...sums(1, 150) },
    ]);
    expect((await ask(`/admin/usage?${period}&by=`)).body.items).toEqual([sums(3, 600)]);
    expect((await ask(`/admin/usage?${period}&pool=yarn-4&by=tenant`)).body.items).toEqual([
      { tenant, ...sums(1, 300) },
    ]);
  });

  it('comes in pages', async () => {
    const first = await ask(`/admin/usage?${period}&by=day,pool&limit=2`);
    expect(first.body.items).toHaveLength(2);
    const next = await ask(`/admin/usage?${period}&by=day,pool&limit=2&cursor=${first.body.nextCursor}`);
    expect(next.body).toMatchObject({ items: [{ day: '2026-11-21' }], nextCursor: null });
  });

  it.each([
    ['&format=csv', {}],
    ['', { accept: 'text/csv' }],
  ])('comes as CSV with %j %j, safe to open in a spreadsheet', async (query, headers) => {
    const answer = await ask(`/admin/usage?${period}&by=model${query}`, { headers });
    expect(answer.headers.get('content-type')).toMatch(/^text\/csv/);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="usage.csv"');
    expect(answer.text.split('\n')).toEqual([
      'model,requests,promptTokens,cachedTokens,reasoningTokens,completionTokens,weightedTokens,costMicro',
      `"'=HYPERLINK(""x"")",1,100,10,20,50,150,7`,
      'qwq-32b,2,200,20,40,100,450,14',
      '',
    ]);
  });

  it('as CSV is refused as JSON is: before anything is streamed', async () => {
    const { status, headers } = await ask('/admin/usage?format=csv&by=worker');
    expect([status, headers.get('content-type')]).toEqual([400, expect.stringContaining('problem+json')]);
  });

  it('as CSV holds no refusal of what its reader sends behind it', async () => {
    const rest = Promise.withResolvers<void>();
    const usage = new UsageQueries(control().database);
    usage.everyUsage = async function* () {
      yield sums(1, 1);
      await rest.promise;
    };
    const asked = await controlOver(control().database, { usage });
    try {
      const socket = connect(Number(new URL(asked.url).port), '127.0.0.1');
      const answer = text(socket);
      socket.write(
        `GET /admin/usage?format=csv HTTP/1.1\r\nhost: a\r\nauthorization: Bearer ${asked.adminKey}\r\n\r\n`,
      );
      await once(socket, 'readable');
      socket.write('\0junk\r\n\r\n');
      expect((await answer).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    } finally {
      rest.resolve();
      await asked.close();
    }
  });

  it('is listed request by request, newest first', async () => {
    const { body } = await ask(`/admin/requests?tenant=${tenant}&limit=2`);
    expect(body.items.map(({ startedAt }: { startedAt: string }) => startedAt)).toEqual([
      '2026-11-21T00:00:00.000Z',
      '2026-11-20T10:00:00.000Z',
    ]);
    const next = await ask(`/admin/requests?tenant=${tenant}&limit=2&cursor=${body.nextCursor}`);
    expect(next.body).toMatchObject({ items: [{ tenant }], nextCursor: null });
    const failed = await ask(
      `/admin/requests?tenant=${tenant}&outcome=failed&from=2026-11-20&to=2026-11-22T00:00:00Z`,
    );
    expect(failed.body.items).toMatchObject([{ fault: 'worker_failed', outcome: 'failed' }]);
  });

  it('is found by the id of a request, and 404 where there is none', async () => {
    const [first] = rows;
    const { body } = await ask(`/admin/requests/${first?.request_id}`);
    expect(body).toMatchObject({
      row: { requestId: first?.request_id, attempts: [{ worker: 'w', outcome: 'finished' }] },
      records: [],
      gateways: { asked: 0, silent: [] },
    });
    const nobody = await ask('/admin/requests/req-nobody');
    expect([nobody.status, nobody.body.detail]).toEqual([404, expect.stringContaining('control.gateways')]);
  });

  it('is no 404 while a gateway that may know the request does not answer: it is named', async () => {
    const silent = 'http://127.0.0.1:9';
    const asking = await controlOver(control().database, { gateways: [silent] });
    try {
      const { status, body } = await asking.ask('/admin/requests/req-nobody');
      const gateways = { asked: 1, silent: [{ url: silent, why: expect.any(String) }] };
      expect([status, body]).toEqual([200, { row: null, records: [], gateways }]);
    } finally {
      await asking.close();
    }
  });
});

function sums(requests: number, weightedTokens: number) {
  return {
    requests,
    promptTokens: 100 * requests,
    cachedTokens: 10 * requests,
    reasoningTokens: 20 * requests,
    completionTokens: 50 * requests,
    weightedTokens,
    costMicro: 7 * requests,
  };
}
