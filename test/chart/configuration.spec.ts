// ropeway.yaml as the chart writes it, read by the very loader the programs use.
import { describe, expect, it } from '@jest/globals';
import { loadConfig, type RopewayConfig } from '#config';
import { objectsOf, type Rendering } from './chart.ts';
import { fields, list, named, text } from './kube-object.ts';
import { MODEL, RENDERINGS, renderings } from './renderings.ts';

const FILE = '/etc/ropeway/ropeway.yaml';

describe.each(renderings)('$name', ({ rendering }) => {
  it('is a configuration gateway and control start with', () => {
    const config = load(rendering);
    expect(config.server).toMatchObject({ host: '0.0.0.0', port: 8080 });
    expect(config.ops).toMatchObject({ host: '0.0.0.0', port: 9090 });
    expect(config.pools.length).toBeGreaterThan(0);
    expect(config.pools.every(({ workers }) => workers.length === 0)).toBe(true);
  });

  it('is one the scaler starts with, without any Secret', () => {
    const config = loadConfig({
      file: FILE,
      env: {},
      readFile: () => fileOf(rendering),
      withoutSecrets: true,
    });
    expect(config.scaler.port).toBe(9091);
  });

  it('points at files that are mounted', () => {
    const pod = fields(gatewayOf(rendering), 'spec.template.spec');
    const mounted = list(pod, 'volumes').flatMap((volume) =>
      list(volume, 'projected.sources').flatMap((source) =>
        list(source, 'secret.items').map((item) => `/run/secrets/ropeway/${text(item, 'path')}`),
      ),
    );
    const read = filesRead(rendering).filter((file) => !file.includes('admin-key'));
    expect(mounted).toEqual(expect.arrayContaining(read));
    expect(read.length).toBeGreaterThan(1);
  });

  it('declares each pool as its pods are labelled, and its workers are started', () => {
    const objects = objectsOf(rendering);
    for (const { name, rope, windowTokens, servedName } of load(rendering).pools) {
      const worker = named(objects, 'Deployment', `r-ropeway-${name}`);
      expect(fields(worker, 'spec.template.metadata.labels')).toMatchObject({
        'ropeway.dev/pool': name,
        'ropeway.dev/rope-factor': String(rope.factor),
        'ropeway.dev/window': String(windowTokens),
      });
      const args = list(worker, 'spec.template.spec.containers.0.args');
      expect(
        args.filter((arg) => arg === `--max-model-len=${windowTokens}` || arg === `--window=${windowTokens}`),
      ).toHaveLength(1);
      expect(
        args.filter(
          (arg) => arg === `--served-model-name=${servedName}` || arg === `--served-name=${servedName}`,
        ),
      ).toHaveLength(1);
    }
  });
});

it('names the model as people write it', () => {
  const [model] = load(RENDERINGS.default ?? {}).models;
  expect(model).toMatchObject({ id: 'qwq-32b', servedName: 'QwQ-32B', profile: 'qwq' });
  expect(model?.aliases).toEqual(['QwQ-32B', 'Qwen/QwQ-32B']);
});

it('sends requests that wait for a sleeping pool away later than it takes to start', () => {
  const { waiting } = load(RENDERINGS['scale to zero'] ?? {});
  expect(waiting.maxWaitMs).toBe(900_000);
  expect(waiting.activationMs).toBe(2_100_000);
  expect(load(RENDERINGS['one of each'] ?? {}).waiting.maxWaitMs).toBe(120_000);
});

it('takes settings of `config` over its own', () => {
  const config = load(RENDERINGS['all on'] ?? {});
  expect(config.relay).toMatchObject({ idleTimeoutMs: 30_000, drainTimeoutMs: 1_200_000 });
  expect(config.waiting).toMatchObject({ maxRequests: 99, maxWaitMs: 600_000 });
  expect(config.log.level).toBe('debug');
});

it('leaves rows to another gateway where the disk goes with the pod', () => {
  expect(load(RENDERINGS.default ?? {}).ledger.handover).toBe(true);
  expect(load(RENDERINGS['outbox on a claim'] ?? {}).ledger.handover).toBe(false);
});

describe('the rollout of the gateway', () => {
  const checksum = (values: object) =>
    text(
      gatewayOf({ values: { model: MODEL, ...values } }),
      'spec.template.metadata.annotations.checksum/config',
    );

  it('is spared by what it takes over while it runs', () => {
    const pools = [
      { name: 'default', rope: { type: 'default' }, window: 32_768, replicas: { min: 0, max: 1 } },
    ];
    expect(checksum({ pools })).toBe(checksum({}));
    expect(checksum({ config: { log: { level: 'debug' } } })).toBe(checksum({}));
    expect(checksum({ secrets: { pepper: { versions: [1, 2] } } })).toBe(checksum({}));
  });

  it('follows what needs a restart', () => {
    expect(checksum({ config: { relay: { retries: 1 } } })).not.toBe(checksum({}));
    expect(checksum({ modelOptions: { aliases: ['x'] } })).not.toBe(checksum({}));
  });
});

function gatewayOf(rendering: Rendering) {
  const objects = objectsOf(rendering);
  const found = objects.find(
    ({ kind, metadata }) => /^(Deployment|StatefulSet)$/.test(kind) && metadata.name === 'r-ropeway-gateway',
  );
  if (found === undefined) throw new Error('no gateway was rendered');
  return found;
}

function fileOf(rendering: Rendering): string {
  return String(fields(named(objectsOf(rendering), 'ConfigMap', 'r-ropeway'), 'data')['ropeway.yaml']);
}

function load(rendering: Rendering): RopewayConfig {
  return loadConfig({ file: FILE, env: {}, readFile: (file) => secretOr(file, rendering) });
}

function secretOr(file: string, rendering: Rendering): string {
  if (file === FILE) return fileOf(rendering);
  return file.includes('database')
    ? 'postgres://u:p@db:5432/ropeway'
    : `6d0c2b94f1a87e35c04b92d8e7615fa3b8d1${file.at(-1)}`;
}

/** Secret files the loader asked for. */
function filesRead(rendering: Rendering): string[] {
  const read: string[] = [];
  loadConfig({
    file: FILE,
    env: {},
    readFile: (file) => {
      if (file !== FILE) read.push(file);
      return secretOr(file, rendering);
    },
  });
  return read;
}
