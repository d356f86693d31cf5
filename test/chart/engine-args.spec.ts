// Which arguments are right at which version of vLLM (docs/workers.md): the table that must not change by accident.
import { describe, expect, it } from '@jest/globals';
import { objectsOf } from './chart.ts';
import { list, named, number, text } from './kube-object.ts';
import { MODEL } from './renderings.ts';

const POOLS = [
  { name: 'default', rope: { type: 'default' }, window: 40_960 },
  { name: 'yarn-2', rope: { type: 'yarn', factor: 2 }, window: 65_536 },
  { name: 'yarn-4', rope: { type: 'yarn', factor: 4 }, window: 131_072 },
];

const argsOf = (pool: string, workers: object, more: object = {}): readonly string[] => {
  const objects = objectsOf({ values: { model: MODEL, pools: POOLS, workers, ...more } });
  return list(named(objects, 'Deployment', `r-ropeway-${pool}`), 'spec.template.spec.containers.0.args').map(
    String,
  );
};
const ropeOf = (args: readonly string[]) => {
  const at = args.findIndex((arg) => arg === '--hf-overrides' || arg === '--rope-scaling');
  return at === -1 ? [] : args.slice(at, at + 2);
};
const flagOf = (flag: string) => (args: readonly string[]) =>
  args.find((arg) => arg === flag || arg.startsWith(`${flag}=`)) ?? null;

const OLD = (factor: string) => [
  '--rope-scaling',
  `{"rope_type":"yarn","factor":${factor},"original_max_position_embeddings":32768}`,
];
const LEGACY = (factor: string) => [
  '--hf-overrides',
  `{"rope_scaling":{"rope_type":"yarn","factor":${factor},"original_max_position_embeddings":32768}}`,
];
const NEW = (factor: string, positions: number) => [
  '--hf-overrides',
  `{"rope_parameters":{"rope_type":"yarn","factor":${factor},"original_max_position_embeddings":32768,"rope_theta":1000000},"max_position_embeddings":${positions}}`,
];

describe.each([
  { version: '0.8.5', yarn2: OLD('2.0'), yarn4: OLD('4.0'), shutdown: null, reasoning: '--enable-reasoning' },
  { version: '0.9.0', yarn2: OLD('2.0'), yarn4: OLD('4.0'), shutdown: null, reasoning: null },
  { version: '0.11.0', yarn2: OLD('2.0'), yarn4: OLD('4.0'), shutdown: null, reasoning: null },
  { version: '0.11.1', yarn2: LEGACY('2.0'), yarn4: LEGACY('4.0'), shutdown: null, reasoning: null },
  ...['0.12.0', '0.17.1'].map((version) => ({
    ...{ version, yarn2: NEW('2.0', 65_536), yarn4: NEW('4.0', 131_072), shutdown: null, reasoning: null },
  })),
  ...['0.18.0', '0.29.0', '0.30.0', '0.32.0', '0.33.0', '1.0.0'].map((version) => ({
    version,
    yarn2: NEW('2.0', 65_536),
    yarn4: NEW('4.0', 131_072),
    shutdown: '--shutdown-timeout=1200',
    reasoning: null,
  })),
])('vLLM $version', ({ version, yarn2, yarn4, shutdown, reasoning }) => {
  const engine = { engine: { version } };

  it('is told the rope of each pool as it understands it', () => {
    expect(ropeOf(argsOf('default', engine))).toEqual([]);
    expect(ropeOf(argsOf('yarn-2', engine))).toEqual(yarn2);
    expect(ropeOf(argsOf('yarn-4', engine))).toEqual(yarn4);
  });

  it('is told to let answers finish, where it can', () => {
    expect(flagOf('--shutdown-timeout')(argsOf('default', engine))).toBe(shutdown);
  });

  it('splits thinking off', () => {
    expect(flagOf('--enable-reasoning')(argsOf('default', engine))).toBe(reasoning);
    expect(flagOf('--reasoning-parser')(argsOf('default', engine))).toBe('--reasoning-parser=deepseek_r1');
  });

  it('comes from the image of that version', () => {
    const objects = objectsOf({ values: { model: MODEL, pools: POOLS, workers: engine } });
    const container = 'spec.template.spec.containers.0.image';
    expect(text(named(objects, 'Deployment', 'r-ropeway-default'), container)).toBe(
      `vllm/vllm-openai:v${version}`,
    );
  });
});

it('has all arguments of a default worker, in full', () => {
  expect(argsOf('default', {})).toEqual([
    'Qwen/QwQ-32B',
    '--host=0.0.0.0',
    '--port=8000',
    '--served-model-name=QwQ-32B',
    '--max-model-len=40960',
    '--tensor-parallel-size=2',
    '--reasoning-parser=deepseek_r1',
    '--enable-auto-tool-choice',
    '--tool-call-parser=hermes',
    '--enable-prompt-tokens-details',
    '--shutdown-timeout=1200',
  ]);
});

it('starts no shell: SIGTERM reaches vLLM', () => {
  const objects = objectsOf({ values: { model: MODEL } });
  const worker = named(objects, 'Deployment', 'r-ropeway-default');
  expect(list(worker, 'spec.template.spec.containers.0.command')).toEqual(['vllm', 'serve']);
});

it('takes another theta, another original length and a part of a factor', () => {
  const rope = { type: 'yarn', factor: 2.5, originalMaxPosition: 8_192, theta: 10_000.5 };
  const pools = [{ name: 'odd', rope, window: 20_480 }];
  expect(ropeOf(argsOf('odd', {}, { pools }))).toEqual([
    '--hf-overrides',
    '{"rope_parameters":{"rope_type":"yarn","factor":2.5,"original_max_position_embeddings":8192,"rope_theta":10000.5},"max_position_embeddings":20480}',
  ]);
});

it.each([
  ['Qwen/Qwen3-32B', '--reasoning-parser=qwen3'],
  ['Qwen/Qwen2.5-32B-Instruct', null],
])('splits thinking off %s with %s', (model, expected) => {
  const pools = [{ name: 'yarn-2', rope: { type: 'yarn', factor: 2 } }];
  expect(flagOf('--reasoning-parser')(argsOf('yarn-2', {}, { model, pools }))).toBe(expected);
});

it.each([
  ['Qwen/QwQ-32B', [40_960, 131_072]],
  ['Qwen/Qwen3-14B', [40_960, 131_072]],
  ['Qwen/Qwen2.5-32B-Instruct', [32_768, 131_072]],
])('knows the windows of %s', (model, windows) => {
  const objects = objectsOf({ values: { model } });
  const told = ['default', 'yarn-4'].map((pool) => {
    const args = list(
      named(objects, 'Deployment', `r-ropeway-${pool}`),
      'spec.template.spec.containers.0.args',
    );
    return Number(
      args
        .map(String)
        .find((arg) => arg.startsWith('--max-model-len='))
        ?.split('=')[1],
    );
  });
  expect(told).toEqual(windows);
});

it('reads weights from where they are, and asks the hub only when told', () => {
  const pvc = { weights: { source: 'pvc', pvc: { claimName: 'w', path: '/qwq/' } } };
  const revision = { modelOptions: { revision: 'abc' } };
  expect(argsOf('default', pvc, revision)[0]).toBe('/models/qwq');
  expect(flagOf('--revision')(argsOf('default', pvc, revision))).toBeNull();
  expect(flagOf('--revision')(argsOf('default', {}, revision))).toBe('--revision=abc');
  const env = list(
    named(
      objectsOf({ values: { model: MODEL, pools: POOLS, workers: pvc } }),
      'Deployment',
      'r-ropeway-default',
    ),
    'spec.template.spec.containers.0.env',
  );
  expect(env).toContainEqual({ name: 'HF_HUB_OFFLINE', value: '1' });
});

it('computes how long a start may take from the time it is given', () => {
  const probeOf = (workers: object) => {
    const objects = objectsOf({ values: { model: MODEL, pools: POOLS, workers } });
    const worker = named(objects, 'Deployment', 'r-ropeway-default');
    const probe = 'spec.template.spec.containers.0.startupProbe';
    return [
      number(worker, `${probe}.failureThreshold`) * number(worker, `${probe}.periodSeconds`),
      number(worker, 'spec.progressDeadlineSeconds'),
    ];
  };
  expect(probeOf({})).toEqual([1_800, 2_100]);
  expect(probeOf({ weights: { source: 'pvc', pvc: { claimName: 'w' } } })).toEqual([600, 900]);
  // 100 s at a pace of 7 s: 15 tries, 105 s.
  expect(probeOf({ probes: { startupSeconds: 100, startupPeriodSeconds: 7 } })).toEqual([105, 400]);
});

it('lets a pool have its own engine, beside the others', () => {
  const pools = [POOLS[0], { ...POOLS[2], engine: { version: '0.10.0', maxNumSeqs: 32 }, gpus: 4 }];
  const args = argsOf('yarn-4', { engine: { version: '0.33.0' } }, { pools });
  expect(ropeOf(args)).toEqual(OLD('4.0'));
  expect(args).toEqual(expect.arrayContaining(['--max-num-seqs=32', '--tensor-parallel-size=4']));
  expect(argsOf('default', {}, { pools })).toContain('--tensor-parallel-size=2');
});
