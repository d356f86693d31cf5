// Every query of every board, and every rule, run by a real Prometheus on the standalone fleet under load.
import { globSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { workerTargets } from '../../scripts/observe/worker-targets.ts';
import { askBoards, boardQueries, forEverything } from '../dashboards/ask-boards.ts';
import { EMPTY_ON_STANDALONE } from '../dashboards/empty-answers.ts';
import { boards } from '../dashboards/read-boards.ts';
import { startPrometheus, type TestPrometheus } from '../servers/start-prometheus.ts';
import { type Standalone, startStandalone } from '../servers/start-standalone.ts';
import { eventually } from './harness/eventually.ts';
import { loadStandalone } from './harness/standalone-load.ts';

/** The start of two programs, and a load of 12 s on two cores that others use. */
const LOADED_MS = 120_000;

let standalone: Standalone;
let prometheus: TestPrometheus;
let startS = 0;

beforeAll(async () => {
  startS = Date.now() / 1_000;
  standalone = await startStandalone();
  const page = await (await fetch(`${standalone.opsUrl}/metrics`)).text();
  const workers = workerTargets(page);
  expect(workers.map(({ labels }) => labels.pool).toSorted()).toEqual([
    'default',
    'default',
    'yarn-2',
    'yarn-4',
  ]);
  const gateway = { address: new URL(standalone.opsUrl).host, labels: { job: 'ropeway-gateway' } };
  prometheus = await startPrometheus({
    targets: [gateway, ...workers],
    ruleFiles: globSync('helm/ropeway/rules/*.yaml'),
  });
  await eventually(
    'every target is scraped',
    async () => {
      const targets = await prometheus.client.targets();
      return targets.length === 5 && targets.every(({ health }) => health === 'up');
    },
    30_000,
  );
  await loadStandalone(standalone);
  await eventually(
    'every rule was evaluated',
    async () => {
      const rules = await prometheus.client.rules();
      return rules.every(({ health }) => health !== 'unknown');
    },
    30_000,
  );
}, LOADED_MS);

afterAll(async () => {
  await prometheus?.stop();
  await standalone?.stop();
});

it('answers every query of every panel, but for those that are written down', async () => {
  const answers = await askBoards(prometheus.client, boardQueries, startS);
  expect(answers.filter(({ refusal }) => refusal !== null)).toEqual([]);
  const empty = answers.filter(({ series }) => series.length === 0).map(({ name }) => name);
  expect(empty.toSorted()).toEqual(Object.keys(EMPTY_ON_STANDALONE).toSorted());
});

describe('variables', () => {
  it.each(boards)('$board.title: each has values to choose from', async ({ board }) => {
    const asked = board.templating.list.filter(({ type }) => type === 'query');
    for (const { name, query } of asked) {
      const [, series = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
      const values = await prometheus.client.labelValues(label, forEverything(series, board));
      // A namespace is put on a series by Kubernetes.
      if (name === 'namespace') expect(values).toEqual([]);
      else expect([name, values.length > 0]).toEqual([name, true]);
    }
  });
});

it('loads every rule, and evaluates each without an error', async () => {
  const rules = await prometheus.client.rules();
  expect(rules.filter(({ type }) => type === 'recording').length).toBeGreaterThan(10);
  expect(rules.filter(({ type }) => type === 'alerting').length).toBeGreaterThan(10);
  expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
});

it('lets no alert fire while all is well', async () => {
  const rules = await prometheus.client.rules();
  const firing = rules.filter(({ state }) => state === 'firing').map(({ name }) => name);
  // How long things take on a machine that runs other tests beside this one is nobody's promise.
  expect(firing.filter((name) => !/Overhead|FirstToken|EventLoop/.test(name))).toEqual([]);
});
