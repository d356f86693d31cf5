import { afterEach, describe, expect, it } from '@jest/globals';
import { FAULTS } from '#protocol';
import { createLogger } from './create-logger.ts';
import type { FleetReading, WorkerReading } from './fleet-metrics.ts';
import { type LabelName, METRICS, type MetricDefinition } from './metric-definitions.ts';
import { newRequestRecord, type RequestRecord } from './request-record.ts';
import { ScalerTelemetry } from './scaler-telemetry.ts';
import { Telemetry } from './telemetry.ts';

const opened: Telemetry[] = [];
afterEach(() => {
  for (const telemetry of opened.splice(0)) telemetry.close();
});

function open(): Telemetry {
  const log = createLogger({ level: 'silent', destination: { write: () => {} } });
  const telemetry = new Telemetry({ log, version: '1.2.3' });
  telemetry.setFleet(() => fleetWith(['http://w1:8000']));
  opened.push(telemetry);
  return telemetry;
}

/** Value of one series, or undefined when it is not in the scrape. */
async function seriesValue(telemetry: Telemetry, series: string): Promise<number | undefined> {
  const line = (await telemetry.exposition()).body.split('\n').find((text) => text.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

const ROUTE = 'model="qwq",pool="default",rope="default"';

describe('a completed stream', () => {
  it('counts once, under its route and its tenant', async () => {
    const telemetry = open();
    telemetry.record(completed());
    expect(
      await seriesValue(telemetry, `ropeway_requests_total{endpoint="chat",${ROUTE},outcome="completed"}`),
    ).toBe(1);
    expect(
      await seriesValue(telemetry, 'ropeway_tenant_requests_total{tenant="acme",outcome="completed"}'),
    ).toBe(1);
    expect(
      await seriesValue(
        telemetry,
        'ropeway_route_decisions_total{prompt_length="1k-4k",rope="default",reason="smallest-rope"}',
      ),
    ).toBe(1);
  });

  it.each([
    ['prompt', 1500],
    ['completion', 11],
    ['reasoning', 4],
    ['cached_prompt', 16],
  ])('adds its %s tokens', async (kind, tokens) => {
    const telemetry = open();
    telemetry.record(completed());
    telemetry.record(completed());
    expect(await seriesValue(telemetry, `ropeway_${kind}_tokens_total{${ROUTE}}`)).toBe(2 * tokens);
  });

  it.each([
    ['ropeway_request_seconds', 1],
    ['ropeway_queue_seconds', 0.1],
    // 1000 ms in all, less 20 of body, 100 of waiting and 850 of workers
    ['ropeway_gateway_overhead_seconds', 0.03],
    // first token at 500 ms, the end at 1000 ms, ten gaps
    ['ropeway_inter_token_seconds', 0.05],
    ['ropeway_window_headroom_tokens', 31_268],
  ])('observes %s', async (name, sum) => {
    const telemetry = open();
    telemetry.record(completed());
    expect(await seriesValue(telemetry, `${name}_sum{${ROUTE}}`)).toBeCloseTo(sum, 9);
    expect(await seriesValue(telemetry, `${name}_count{${ROUTE}}`)).toBe(1);
  });

  it.each([
    [false, 'false'],
    [true, 'true'],
  ])(
    'observes its time to first token by prompt length, and whether it woke its pool (%s)',
    async (isCold, cold) => {
      const telemetry = open();
      telemetry.record({ ...completed(), isCold });
      const labels = `${ROUTE},prompt_length="1k-4k",cold="${cold}"`;
      const name = 'ropeway_time_to_first_token_seconds';
      expect(await seriesValue(telemetry, `${name}_sum{${labels}}`)).toBeCloseTo(0.5, 9);
      expect(
        (await telemetry.exposition()).body.split('\n').filter((l) => l.startsWith(`${name}_count`)),
      ).toHaveLength(1);
    },
  );

  it('is a step from 0 where it woke its pool, however long ago it began to wait', async () => {
    const telemetry = open();
    const count = `ropeway_time_to_first_token_seconds_count{${ROUTE},prompt_length="1k-4k",cold="true"}`;
    const record = { ...completed(), isCold: true };
    telemetry.waitsCold(record);
    telemetry.waitsCold(record);
    expect(await seriesValue(telemetry, count)).toBe(0);
    telemetry.record(record);
    expect(await seriesValue(telemetry, count)).toBe(1);
  });

  it('says when the worker counted the prompt otherwise than we did', async () => {
    const telemetry = open();
    telemetry.record(completed({ workerPromptTokens: 1500 }));
    telemetry.record(completed({ workerPromptTokens: 1501 }));
    expect(
      await seriesValue(telemetry, 'ropeway_prompt_count_differences_total{model="qwq",pool="default"}'),
    ).toBe(1);
  });
});

describe('a request that never reached a worker', () => {
  it('has its waiting observed when it waited in vain, and nothing else of its route', async () => {
    const telemetry = open();
    telemetry.record(
      completed({ dispatchedMs: null, firstTokenMs: null, outcome: 'refused', queueMs: 120_000 }),
    );
    const { body } = await telemetry.exposition();
    expect(await seriesValue(telemetry, `ropeway_queue_seconds_sum{${ROUTE}}`)).toBe(120);
    expect(await seriesValue(telemetry, `ropeway_prompt_tokens_total{${ROUTE}}`)).toBe(0);
    expect(body).not.toContain('ropeway_route_decisions_total{');
  });

  it('is counted by its fault and leaves the times and tokens of routes alone', async () => {
    const telemetry = open();
    telemetry.record(
      recordOf({ tenant: 'acme', outcome: 'refused', status: 429, faultCode: 'rate_limit_exceeded' }),
    );
    const { body } = await telemetry.exposition();
    expect(
      await seriesValue(telemetry, 'ropeway_faults_total{code="rate_limit_exceeded",owner="client"}'),
    ).toBe(1);
    expect(await seriesValue(telemetry, 'ropeway_tenant_limited_total{tenant="acme"}')).toBe(1);
    expect(body).not.toMatch(/^ropeway_(request|queue|gateway_overhead)_seconds_count/m);
    expect(body).toContain('model="none",pool="none",rope="none",outcome="refused"} 1');
  });

  it('has its demand observed when it was measured', async () => {
    const telemetry = open();
    telemetry.record(
      recordOf({ model: 'qwq', promptTokens: 200_000, outputBudget: 8192, outcome: 'refused' }),
    );
    expect(await seriesValue(telemetry, 'ropeway_demand_tokens_sum{model="qwq"}')).toBe(208_192);
    expect(await seriesValue(telemetry, 'ropeway_demand_tokens_bucket{le="131072",model="qwq"}')).toBe(0);
  });

  it('has no tenant series when nobody was identified', async () => {
    const telemetry = open();
    telemetry.record(recordOf({ outcome: 'refused', faultCode: 'invalid_api_key' }));
    expect((await telemetry.exposition()).body).not.toContain('tenant=');
  });
});

describe('labels stay closed sets', () => {
  it('puts models a caller made up under one name', async () => {
    const telemetry = open();
    for (let index = 0; index < 50; index += 1) {
      telemetry.record(recordOf({ model: `made-up-${index}`, outcome: 'refused' }));
    }
    const { body } = await telemetry.exposition();
    expect(body).not.toContain('made-up');
    expect(body).toContain('model="unknown",pool="none",rope="none",outcome="refused"} 50');
  });

  it('names the first 200 tenants and puts the rest together', async () => {
    const telemetry = open();
    for (let index = 0; index < 250; index += 1) telemetry.record(completed({ tenant: `t${index}` }));
    const { body } = await telemetry.exposition();
    expect(new Set(body.match(/tenant="[^"]+"/g)).size).toBe(201);
    expect(
      await seriesValue(telemetry, 'ropeway_tenant_requests_total{tenant="other",outcome="completed"}'),
    ).toBe(50);
  });

  it('writes no series twice', async () => {
    const telemetry = open();
    for (let index = 0; index < 250; index += 1) {
      telemetry.record(completed({ tenant: `t${index}`, reason: `r${index % 40}` }));
    }
    const { body } = await telemetry.exposition();
    const series = body
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.slice(0, line.lastIndexOf(' ')));
    expect(series.filter((name, index) => series.indexOf(name) !== index)).toEqual([]);
  });

  it('shows every fault code from the start, so that a rate sees the first one', async () => {
    const { body } = await open().exposition();
    for (const [code, { owner }] of Object.entries(FAULTS)) {
      expect(body).toContain(`ropeway_faults_total{code="${code}",owner="${owner}"} 0\n`);
    }
  });
});

describe('the fleet', () => {
  it('shows the state of a worker as one of all its states', async () => {
    const telemetry = open();
    telemetry.setFleet(() => fleetWith(['http://w1:8000'], { state: 'quarantined' }));
    const of = (state: string) =>
      seriesValue(telemetry, `ropeway_worker_state{pool="default",worker="http://w1:8000",state="${state}"}`);
    expect(await of('quarantined')).toBe(1);
    expect(await of('ready')).toBe(0);
  });

  it('shows why a worker is quarantined, and nothing of one that is not', async () => {
    const telemetry = open();
    telemetry.setFleet(() => fleetWith(['http://w1:8000'], { state: 'quarantined', quarantine: 'window' }));
    const series = 'ropeway_worker_quarantine{pool="default",worker="http://w1:8000",cause="window"}';
    expect(await seriesValue(telemetry, series)).toBe(1);
    telemetry.setFleet(() => fleetWith(['http://w1:8000']));
    expect((await telemetry.exposition()).body).not.toContain('ropeway_worker_quarantine{');
  });

  it('shows when the certificates end that workers show and that the configuration trusts', async () => {
    const telemetry = open();
    const validity = { notBeforeMs: 1_000_000, notAfterMs: 9_000_000 };
    telemetry.setFleet(() => fleetWith(['https://w1:8000'], { certificate: validity }));
    telemetry.setCertificates([{ certificate: 'redis-authority', pool: null, worker: null, ...validity }]);
    const value = (which: string, labels: string) =>
      seriesValue(telemetry, `ropeway_certificate_${which}_timestamp_seconds{${labels}}`);
    const ofWorker = 'certificate="worker",pool="default",worker="https://w1:8000"';
    expect(await value('not_before', ofWorker)).toBe(1_000);
    expect(await value('not_after', ofWorker)).toBe(9_000);
    expect(await value('not_after', 'certificate="redis-authority",pool="none",worker="none"')).toBe(9_000);
  });

  it('drops the series of a worker when it goes', async () => {
    const telemetry = open();
    telemetry.setFleet(() => fleetWith(['http://w1:8000', 'http://w2:8000']));
    expect((await telemetry.exposition()).body).toContain('worker="http://w2:8000"');
    telemetry.setFleet(() => fleetWith(['http://w1:8000']));
    const { body } = await telemetry.exposition();
    expect(body).not.toContain('worker="http://w2:8000"');
    expect(body).toContain('worker="http://w1:8000"');
  });

  it('leaves out the age of a scrape that never happened', async () => {
    const telemetry = open();
    const series = 'ropeway_worker_scrape_age_seconds{pool="default",worker="http://w1:8000"}';
    expect(await seriesValue(telemetry, series)).toBeUndefined();
    telemetry.setFleet(() => fleetWith(['http://w1:8000'], { scrapeAgeMs: 1500 }));
    expect(await seriesValue(telemetry, series)).toBe(1.5);
  });
});

describe('waiting and waking', () => {
  it('shows what waits for each pool at the moment of the scrape', async () => {
    const telemetry = open();
    telemetry.setParking(() => [
      {
        pool: 'yarn-4',
        parked: 2,
        parkedDemandTokens: 180_000,
        parkedBytes: 700_000,
        oldestMs: 12_500,
        outstandingTokens: 170_000,
        isActivated: true,
        activationAgeMs: 40_000,
      },
    ]);
    const value = (name: string) => seriesValue(telemetry, `ropeway_${name}{pool="yarn-4"}`);
    expect(await value('parked_requests')).toBe(2);
    expect(await value('parked_tokens')).toBe(180_000);
    expect(await value('parked_bytes')).toBe(700_000);
    expect(await value('parked_oldest_seconds')).toBe(12.5);
    expect(await value('pool_outstanding_prompt_tokens')).toBe(170_000);
    expect(await value('pool_activation')).toBe(1);
    expect(await value('pool_activation_age_seconds')).toBe(40);
  });

  it('counts cold starts and those who were refused a place', async () => {
    const telemetry = open();
    telemetry.coldStart('yarn-4', 85_000);
    telemetry.parkingRefused('yarn-4', 'time');
    telemetry.parkingRefused('yarn-4', 'time');
    expect(await seriesValue(telemetry, 'ropeway_pool_cold_start_seconds_sum{pool="yarn-4"}')).toBe(85);
    expect(await seriesValue(telemetry, 'ropeway_parking_refusals_total{pool="yarn-4",bound="time"}')).toBe(
      2,
    );
  });
});

describe('the gateway', () => {
  it('shows what is in flight at the moment of the scrape', async () => {
    const telemetry = open();
    telemetry.inFlight.waiting += 3;
    telemetry.inFlight.bodyBytes += 4096;
    expect(await seriesValue(telemetry, 'ropeway_requests_waiting')).toBe(3);
    expect(await seriesValue(telemetry, 'ropeway_body_bytes_in_flight')).toBe(4096);
    telemetry.inFlight.waiting -= 3;
    expect(await seriesValue(telemetry, 'ropeway_requests_waiting')).toBe(0);
  });

  it('counts reloads by what became of them', async () => {
    const telemetry = open();
    telemetry.configReloaded('refused');
    expect(await seriesValue(telemetry, 'ropeway_config_reloads_total{result="refused"}')).toBe(1);
    expect(await seriesValue(telemetry, 'ropeway_config_reloads_total{result="applied"}')).toBe(0);
  });

  it('says that a configuration is refused until one is applied', async () => {
    const telemetry = open();
    const isRefused = () => seriesValue(telemetry, 'ropeway_config_refused');
    expect(await isRefused()).toBe(0);
    telemetry.configReloaded('refused');
    expect(await isRefused()).toBe(1);
    telemetry.configReloaded('applied');
    expect(await isRefused()).toBe(0);
  });

  it('shows the bounds alerts compare with, and none it does not have', async () => {
    const telemetry = open();
    telemetry.setBounds({ maxWaitMs: 120_000, ledgerMaxRows: null, keysOfflineMs: 43_200_000 });
    expect(await seriesValue(telemetry, 'ropeway_waiting_max_seconds')).toBe(120);
    expect(await seriesValue(telemetry, 'ropeway_keys_offline_max_seconds')).toBe(43_200);
    for (const absent of ['ropeway_ledger_max_rows', 'ropeway_discovery_synced'])
      expect(await seriesValue(telemetry, absent)).toBeUndefined();
  });

  it('counts tokenizer mismatches by pool, from 0 on', async () => {
    const telemetry = open();
    expect(await seriesValue(telemetry, 'ropeway_tokenizer_mismatches_total{pool="default"}')).toBe(0);
    telemetry.tokenizerMismatch({ pool: 'default', worker: 'http://w1:8000', detail: 'sample 3' });
    expect(await seriesValue(telemetry, 'ropeway_tokenizer_mismatches_total{pool="default"}')).toBe(1);
  });

  it('does not mix what two instances count', async () => {
    const [one, other] = [open(), open()];
    one.record(completed());
    expect(await seriesValue(other, `ropeway_prompt_tokens_total{${ROUTE}}`)).toBeUndefined();
  });
});

describe('definitions', () => {
  const definitions: readonly MetricDefinition[] = Object.values(METRICS);

  it('are all registered, by the gateway or by the scaler, and nothing else is', async () => {
    const scaler = new ScalerTelemetry({ version: '1.2.3', droppedLines: () => 0 });
    const pages = [(await open().exposition()).body, (await scaler.exposition()).body];
    scaler.close();
    const names = pages.flatMap((body) =>
      [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${type} ${name}`),
    );
    expect([...new Set(names)].sort()).toEqual(definitions.map(({ type, name }) => `${type} ${name}`).sort());
  });

  it('need no escaping in either text: prom-client leaves the double quote of a help text as it is', () => {
    const definitions = Object.values(METRICS);
    expect(definitions.filter(({ help }) => /["\\\n]/.test(help)).map(({ name }) => name)).toEqual([]);
  });

  it('say in their names what they are', () => {
    for (const { name, type, unit } of definitions) {
      expect(name.endsWith('_total')).toBe(type === 'counter');
      if (unit === 'seconds' || unit === 'bytes' || unit === 'tokens') expect(name).toContain(unit);
    }
  });

  it('label no histogram by tenant or worker, and nothing by tenant and pool', () => {
    const has = (definition: MetricDefinition, label: LabelName) => definition.labels.includes(label);
    for (const definition of definitions) {
      if (definition.type === 'histogram') {
        expect([definition.name, has(definition, 'tenant') || has(definition, 'worker')]).toEqual([
          definition.name,
          false,
        ]);
      }
      expect(has(definition, 'tenant') && has(definition, 'pool')).toBe(false);
    }
  });

  it('give every histogram ascending buckets', () => {
    for (const { type, buckets } of definitions) {
      const bounds = buckets?.bounds ?? [];
      expect(type === 'histogram').toBe(bounds.length > 0);
      expect(bounds).toEqual([...new Set(bounds)].toSorted((a, b) => a - b));
    }
  });
});

function recordOf(changes: Partial<RequestRecord>): RequestRecord {
  return Object.assign(newRequestRecord('req_1', 'chat', 10_000), { endedMs: 11_000 }, changes);
}

function completed(changes: Partial<RequestRecord> = {}): RequestRecord {
  return recordOf({
    tenant: 'acme',
    model: 'qwq',
    stream: true,
    promptTokens: 1500,
    outputBudget: 8192,
    pool: 'default',
    rope: 'default',
    windowTokens: 40_960,
    headroom: 31_268,
    reason: 'smallest-rope',
    worker: 'http://w1:8000',
    attempts: 1,
    bodyReadMs: 20,
    countMs: 1,
    queueMs: 100,
    dispatchedMs: 10_130,
    firstTokenMs: 10_500,
    workerMs: 850,
    completionTokens: 11,
    reasoningTokens: 4,
    cachedTokens: 16,
    finishReason: 'stop',
    outcome: 'completed',
    status: 200,
    ...changes,
  });
}

function fleetWith(workers: readonly string[], changes: Partial<WorkerReading> = {}): FleetReading {
  return {
    pools: [
      {
        name: 'default',
        model: 'qwq',
        rope: { type: 'default', factor: 1 },
        windowTokens: 40_960,
        workers: workers.map((id) => ({
          id,
          state: 'ready',
          breaker: 'closed',
          share: 1,
          isRefusing: false,
          isStalled: false,
          load: { requests: 0, queuedTokens: 0, kvTokensUsed: 0, kvTokens: 600_000 },
          ...changes,
        })),
      },
    ],
  };
}
