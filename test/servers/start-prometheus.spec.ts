import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../e2e/harness/eventually.ts';
import { startPrometheus, type TestPrometheus } from './start-prometheus.ts';

const RULES = 'groups: [{ name: example, rules: [{ record: "held:sum", expr: "sum(held)" }] }]';
const PAGE = '# TYPE held gauge\nheld{kind="a"} 1\nheld{kind="b"} 2\n';

describe('startPrometheus', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ropeway-prometheus-spec-'));
  let page: Server;
  let prometheus: TestPrometheus;

  beforeAll(async () => {
    page = createServer((_, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4').end(PAGE);
    });
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    const { port } = page.address() as AddressInfo;
    const rules = join(folder, 'example.yaml');
    writeFileSync(rules, RULES, { mode: 0o600 });
    prometheus = await startPrometheus({
      targets: [{ address: `127.0.0.1:${port}`, labels: { job: 'page', pool: 'default' } }],
      ruleFiles: [rules],
      scrapeIntervalMs: 200,
    });
    await eventually('the rule has a value', async () => {
      return (await prometheus.client.query('held:sum')).length > 0;
    });
  });
  afterAll(async () => {
    await prometheus.stop();
    page.close();
    rmSync(folder, { recursive: true });
  });

  it('scrapes its targets with their labels', async () => {
    const [target] = await prometheus.client.targets();
    expect(target).toMatchObject({ health: 'up', labels: { job: 'page', pool: 'default' } });
    const held = await prometheus.client.query('held{pool="default"}');
    expect(held.map(({ labels, value }) => [labels.kind, value])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('evaluates its rules', async () => {
    expect(await prometheus.client.query('held:sum')).toEqual([
      { labels: { __name__: 'held:sum' }, value: 3 },
    ]);
    expect(await prometheus.client.rules()).toEqual([
      { name: 'held:sum', type: 'recording', health: 'ok', lastError: '', state: null },
    ]);
  });

  it('answers ranges, scalars and label values', async () => {
    const endS = Date.now() / 1_000;
    const [series] = await prometheus.client.queryRange('held:sum', { startS: endS - 60, endS, stepS: 0.1 });
    expect(series?.points.at(-1)?.value).toBe(3);
    expect(await prometheus.client.query('1 / scalar(vector(0))')).toEqual([{ labels: {}, value: Infinity }]);
    expect(await prometheus.client.labelValues('kind', 'held')).toEqual(['a', 'b']);
  });

  it('says what is wrong with a query', async () => {
    await expect(prometheus.client.query('sum(')).rejects.toMatchObject({ type: 'bad_data' });
  });

  it('says why it does not start', async () => {
    const rules = join(folder, 'wrong.yaml');
    writeFileSync(rules, 'groups: [{ name: example, rules: [{ record: "a", expr: "sum(" }] }]');
    await expect(startPrometheus({ ruleFiles: [rules] })).rejects.toThrow('wrong.yaml');
  });

  it('is gone once stopped', async () => {
    const other = await startPrometheus();
    await other.stop();
    expect(() => process.kill(other.pid, 0)).toThrow('ESRCH');
  });
});
