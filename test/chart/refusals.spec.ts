// Values that cannot be right are refused before anything is installed, with a sentence that says what to change.
import { expect, it } from '@jest/globals';
import { render } from './chart.ts';
import { MODEL } from './renderings.ts';

const DEFAULT_POOL = { name: 'default', rope: { type: 'default' }, window: 40_960 };
const YARN_POOL = { name: 'yarn-4', rope: { type: 'yarn', factor: 4 }, window: 131_072 };
const pool = (changes: object) => ({ pools: [{ ...DEFAULT_POOL, ...changes }] });
const yarn = (changes: object) => ({ pools: [{ ...YARN_POOL, ...changes }] });

/** What is wrong, and words the refusal must have. Each by itself, on top of a model. */
const REFUSED: readonly (readonly [string, object, string])[] = [
  // What JSON Schema sees.
  ['an unknown value', { gatway: {} }, "'gatway' not allowed"],
  ['an unknown setting of a worker', pool({ gpu: 2 }), "'gpu' not allowed"],
  ['an unknown setting of Ropeway', { config: { relay: { idleTimeout: 3 } } }, "'idleTimeout' not allowed"],
  ['a setting the chart owns', { config: { server: { port: 1 } } }, "'port' not allowed"],
  ['a number as text', { gateway: { replicas: 'two' } }, '/gateway/replicas'],
  ['no gateway at all', { gateway: { replicas: 0 } }, '/gateway/replicas'],
  ['a rope nobody knows', pool({ rope: { type: 'linear', factor: 2 } }), '/rope/type'],
  [
    'a grace period of its own',
    { gateway: { terminationGracePeriodSeconds: 5 } },
    'terminationGracePeriodSeconds',
  ],
  ['a window of no size', pool({ window: 0 }), '/window'],
  ['a version that is none', { workers: { engine: { version: 'latest' } } }, '/workers/engine/version'],
  ['a mistyped affinity', pool({ affinity: { nodeAfinity: {} } }), "'nodeAfinity' not allowed"],
  ['no pool', { pools: [] }, '/pools'],
  // What it cannot see.
  ['no model', { model: '' }, 'model is empty: name what is served, as in --set model=Qwen/QwQ-32B'],
  ['a family nobody knows', { model: 'acme/llm-7b' }, 'set modelOptions.profile to qwq, qwen2.5 or qwen3'],
  [
    'a window beyond the factor',
    yarn({ window: 131_073 }),
    'window is 131073, but factor 4 times 32768 reaches 131072; lower the window or raise rope.factor',
  ],
  [
    'a window beyond the factor, of another original length',
    yarn({ rope: { type: 'yarn', factor: 2, originalMaxPosition: 8_192 } }),
    'window is 131072, but factor 2 times 8192 reaches 16384',
  ],
  [
    'a factor without scaling',
    pool({ rope: { type: 'default', factor: 4 } }),
    'rope.type default scales nothing, so it takes no factor; remove rope.factor, or set rope.type to yarn',
  ],
  ['scaling without a factor', yarn({ rope: { type: 'yarn' } }), 'rope.type yarn needs rope.factor, 2 or 4'],
  [
    'a native window too long',
    pool({ window: 131_072 }),
    'qwq without scaling has 40960; say in rope how the workers scale, or set allowNativeWindow: true',
  ],
  [
    'a window nobody knows',
    { model: 'acme/llm', modelOptions: { settings: { counting: 'worker' } } },
    'window is not set, and no profile tells the native one; set window',
  ],
  ['two pools of one name', { pools: [DEFAULT_POOL, DEFAULT_POOL] }, 'another pool has this name already'],
  ['a pool called as a program', pool({ name: 'gateway' }), 'choose another name'],
  [
    'names too long',
    { fullnameOverride: 'a'.repeat(40), ...pool({ name: 'b'.repeat(20) }) },
    "longer than 54 characters; shorten the pool's name, or set fullnameOverride",
  ],
  [
    'fewer at most than at least',
    pool({ replicas: { min: 3, max: 2 } }),
    'replicas.min is 3, above replicas.max 2',
  ],
  [
    'a pool that sleeps and is woken by nobody',
    { autoscaling: { mode: 'none' } },
    'replicas.min is 0, but autoscaling.mode is none, so nothing would ever start a worker',
  ],
  [
    'Prometheus without an address',
    { autoscaling: { mode: 'prometheus', prometheus: { serverAddress: '' } } },
    'autoscaling.prometheus.serverAddress is empty; name the server',
  ],
  [
    'a fallback above the most',
    pool({ replicas: { min: 1, max: 2 }, autoscaling: { fallback: { replicas: 5 } } }),
    'autoscaling.fallback.replicas is 5, above replicas.max 2',
  ],
  [
    'vLLM without a GPU',
    { workers: { gpus: 0 } },
    'gpus is 0, but vLLM needs one; set gpus, or engine.kind to sim',
  ],
  [
    'GPUs nobody uses',
    { workers: { gpus: 4, tensorParallelSize: 2 } },
    'gpus is 4, but tensorParallelSize is 2',
  ],
  [
    'weights on no claim',
    { workers: { weights: { source: 'pvc' } } },
    'weights.pvc.claimName is empty; name the claim',
  ],
  [
    'a claim nobody reads',
    { workers: { weights: { pvc: { claimName: 'w' } } } },
    'weights.pvc.claimName is set, but weights.source is hub',
  ],
  ['weights in no image', { workers: { weights: { source: 'image' } } }, 'weights.image.reference is empty'],
  [
    'weights in no folder',
    { workers: { podSecurity: 'none', weights: { source: 'hostPath' } } },
    'weights.hostPath.path is empty; name the folder',
  ],
  [
    'a folder of the node, restricted',
    { workers: { weights: { source: 'hostPath', hostPath: { path: '/m' } } } },
    'forbidden by Pod Security restricted; set podSecurity to none for this pool, or take a pvc',
  ],
  [
    'a cache on no claim',
    { workers: { cache: { type: 'pvc' } } },
    'cache.claimName is empty; name the claim',
  ],
  [
    'pause pods no worker outranks',
    { workers: { headroom: { replicas: 1 } } },
    'set priorityClasses.create to true',
  ],
  ['a rollout that stands still', { workers: { rollout: { maxUnavailable: 0 } } }, 'are both 0'],
  [
    'the dead flag on a new vLLM',
    { workers: { engine: { argsStyle: 'ropeScaling' } } },
    'vLLM 0.33.0 does not start with --rope-scaling (gone with 0.11.1); set engine.argsStyle to auto',
  ],
  [
    'the new override on an old vLLM',
    { workers: { engine: { argsStyle: 'hfOverrides', version: '0.10.0' } } },
    'vLLM 0.10.0 wants --rope-scaling',
  ],
  [
    'a window by the back door',
    { workers: { engine: { extraArgs: ['--max-model-len=8192'] } } },
    'engine.extraArgs has --max-model-len, which the chart sets itself and the gateway relies on; set window instead',
  ],
  [
    'your database without its Secret',
    { database: { mode: 'external' } },
    'database.external.existingSecret is empty; name the Secret that holds the URL',
  ],
  [
    'your database, and the bundled one',
    { database: { external: { existingSecret: 'db' } } },
    'database.external.existingSecret is set, but database.mode is bundled',
  ],
  [
    'your Redis without an address',
    { redis: { mode: 'external' } },
    'redis.external.urls is empty; name an address',
  ],
  [
    'your Redis, and the bundled one',
    { redis: { external: { urls: ['redis://r:6379'] } } },
    'redis.external.urls is set, but redis.mode is bundled',
  ],
  [
    'two Redis that are no cluster',
    { redis: { mode: 'external', external: { urls: ['redis://a:6379', 'redis://b:6379'] } } },
    'has 2 addresses, but isCluster is false',
  ],
  [
    'nobody who makes the pepper',
    { bootstrap: { enabled: false } },
    'name a Secret in secrets.pepper.existingSecret',
  ],
  [
    'gateways, fewer at most than at least',
    { gateway: { autoscaling: { enabled: true, minReplicas: 5, maxReplicas: 3 } } },
    'gateway.autoscaling.minReplicas is 5, above maxReplicas 3',
  ],
  [
    'a drain the grace does not know',
    { config: { relay: { drainTimeoutMs: 5 } } },
    'is computed from gateway.drain.timeoutSeconds; set that instead',
  ],
  ['a route that belongs to nothing', { httpRoute: { enabled: true } }, 'httpRoute.parentRefs is empty'],
  ['an ingress without a host', { ingress: { enabled: true } }, 'ingress.hosts is empty; name a host'],
  [
    'certificates of a scaler that does not run',
    { autoscaling: { mode: 'prometheus' }, scaler: { tls: { secretName: 's' } } },
    'autoscaling.mode prometheus runs no scaler',
  ],
];

it.each(REFUSED)('refuses %s', (_, values, words) => {
  const { refusal } = render({ values: { model: MODEL, ...values } });
  expect(refusal).toContain(words);
});

it('lists everything that is wrong at once', () => {
  const { refusal } = render({
    values: {
      model: '',
      redis: { mode: 'external' },
      ingress: { enabled: true },
      ...yarn({ window: 200_000 }),
    },
  });
  for (const words of ['model is empty', 'redis.external.urls', 'ingress.hosts', 'reaches 131072'])
    expect(refusal).toContain(words);
});

it('refuses the same with Helm 3', () => {
  const values = { model: MODEL, gatway: {}, ...yarn({ window: 131_073 }) };
  expect(render({ values }, 'helm3').refusal).toContain('gatway');
  const { gatway: _, ...known } = values;
  expect(render({ values: known }, 'helm3').refusal).toContain('reaches 131072');
});
