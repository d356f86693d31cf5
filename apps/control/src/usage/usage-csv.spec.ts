import { text } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import type { UsageRow } from '#ledger';
import { usageCsv } from './usage-csv.ts';

const sums = {
  requests: 1,
  promptTokens: 2,
  cachedTokens: 0,
  reasoningTokens: 0,
  completionTokens: 3,
  weightedTokens: 5,
  costMicro: 7,
};
async function* rows(...items: readonly UsageRow[]): AsyncGenerator<UsageRow> {
  yield* items;
}

it('has a header with the dimensions that were asked for first', async () => {
  const csv = await text(usageCsv(rows({ tenant: 'acme', day: '2026-11-23', ...sums }), ['tenant', 'day']));
  expect(csv).toBe(
    'tenant,day,requests,promptTokens,cachedTokens,reasoningTokens,completionTokens,weightedTokens,costMicro\n' +
      'acme,2026-11-23,1,2,0,0,3,5,7\n',
  );
});

it('has a header where there is nothing else', async () => {
  expect(await text(usageCsv(rows(), []))).toMatch(/^requests,.*costMicro\n$/);
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1'])(
  'lets no spreadsheet take %j for a formula',
  async (model) => {
    const csv = await text(usageCsv(rows({ model, ...sums }), ['model']));
    const [, line = ''] = csv.split('\n');
    expect(line.replace(/^"/, '')).toMatch(/^'/);
  },
);

it('quotes what would look like another column or row', async () => {
  const csv = await text(usageCsv(rows({ model: 'a,"b"\nc', ...sums }), ['model']));
  expect(csv).toContain('"a,""b""\nc",1,2');
});

it('breaks off when the rows do, rather than end as if that were all', async () => {
  async function* failing(): AsyncGenerator<UsageRow> {
    yield { day: '2026-11-23', ...sums };
    throw new Error('the database is away');
  }
  await expect(text(usageCsv(failing(), ['day']))).rejects.toThrow('the database is away');
});

it('reads no further when nobody reads it', async () => {
  let read = 0;
  const ended = Promise.withResolvers<void>();
  async function* endless(): AsyncGenerator<UsageRow> {
    try {
      for (;;) {
        read++;
        yield { day: '2026-11-23', ...sums };
      }
    } finally {
      ended.resolve();
    }
  }
  const csv = usageCsv(endless(), ['day']);
  csv.read();
  await new Promise((resolve) => csv.once('readable', resolve));
  csv.destroy();
  await ended.promise;
  expect(read).toBeLessThan(10_000);
});
