// The sets of values the chart is tried with: each is a promise that it can be installed so.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { chart, type Rendering } from './chart.ts';

export const MODEL = 'Qwen/QwQ-32B';
export const PRESETS = readdirSync(join(chart, 'presets')).map((file) => file.replace('.yaml', ''));

const anyNamespace = [{ namespaceSelector: { matchLabels: { team: 'web' } } }];

/** Whatever can be switched on together. */
const ALL_ON = {
  model: MODEL,
  modelOptions: { revision: '0123456789abcdef0123456789abcdef01234567', settings: { overBudget: 'clip' } },
  nodeSelector: { 'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3' },
  pools: [
    {
      name: 'default',
      rope: { type: 'default' },
      window: 40_960,
      replicas: { min: 2, max: 6 },
      headroom: { replicas: 1 },
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'gpu', operator: 'In', values: ['h100'] }] }],
          },
        },
      },
    },
    { name: 'yarn-2', rope: { type: 'yarn', factor: 2 }, window: 65_536, tokenWeight: 1.5 },
    {
      name: 'yarn-4',
      rope: { type: 'yarn', factor: 4, originalMaxPosition: 32_768, theta: 1_000_000 },
      window: 131_072,
      replicas: { min: 0, max: 2 },
      weights: { source: 'pvc', pvc: { claimName: 'weights', path: 'qwq-32b' } },
      cache: { type: 'pvc', claimName: 'compile-cache' },
      engine: { kvCacheDtype: 'fp8', maxNumSeqs: 64, extraArgs: ['--max-num-queued-reqs=64'] },
      runtimeClassName: 'nvidia',
    },
  ],
  workers: { apiKeySecret: { name: 'worker-key' }, extraEnv: [{ name: 'NCCL_DEBUG', value: 'WARN' }] },
  image: { digest: `sha256:${'a'.repeat(64)}` },
  imagePullSecrets: [{ name: 'registry' }],
  gateway: {
    autoscaling: { enabled: true, minReplicas: 3, maxReplicas: 12 },
    service: { type: 'LoadBalancer', annotations: { lb: 'internal' } },
    podAnnotations: { note: 'x' },
    podLabels: { team: 'models' },
    extraEnv: [{ name: 'TZ', value: 'UTC' }],
  },
  scaler: { tls: { secretName: 'scaler-tls' } },
  config: { relay: { idleTimeoutMs: 30_000 }, log: { level: 'debug' }, waiting: { maxRequests: 99 } },
  httpRoute: {
    enabled: true,
    parentRefs: [{ name: 'public', namespace: 'gateways' }],
    hostnames: ['api.example'],
  },
  ingress: {
    enabled: true,
    className: 'nginx',
    hosts: ['api.example'],
    tls: [{ secretName: 'tls', hosts: ['api.example'] }],
  },
  networkPolicy: { clients: anyNamespace, admins: anyNamespace },
  monitoring: { serviceMonitor: { labels: { release: 'prometheus' } }, dashboards: { enabled: true } },
  priorityClasses: { create: true },
};

const EXISTING = {
  model: MODEL,
  bootstrap: { enabled: false },
  secrets: {
    pepper: { existingSecret: 'my-pepper', versions: [1, 2] },
    admin: { existingSecret: 'my-admin' },
    firstKey: { existingSecret: 'my-first-key' },
  },
  database: { mode: 'external', external: { existingSecret: 'my-database', key: 'url' } },
  redis: {
    mode: 'external',
    external: { urls: ['rediss://redis.example:6380'], existingSecret: 'my-redis', port: 6380 },
  },
};

const just = (values: object) => ({ model: MODEL, ...values });

export const RENDERINGS: Readonly<Record<string, Rendering>> = {
  default: { values: just({}) },
  ...Object.fromEntries(PRESETS.map((preset) => [`preset ${preset}`, { preset }])),
  'without any operator': { values: just({}), has: [] },
  'all on': { values: ALL_ON },
  'scale to zero': {
    values: just({
      pools: [
        { name: 'default', rope: { type: 'default' }, window: 40_960, replicas: { min: 0, max: 3 } },
        { name: 'yarn-4', rope: { type: 'yarn', factor: 4 }, window: 131_072, replicas: { min: 0, max: 3 } },
      ],
      autoscaling: { mode: 'keda' },
    }),
  },
  'Prometheus scales': { values: just({ autoscaling: { mode: 'prometheus' } }) },
  'one of each': {
    values: just({
      gateway: { replicas: 1 },
      scaler: { replicas: 1 },
      pools: [{ name: 'default', rope: { type: 'default' }, window: 40_960, replicas: { min: 1, max: 1 } }],
    }),
  },
  'not restricted': {
    values: just({
      workers: {
        podSecurity: 'none',
        weights: { source: 'hostPath', hostPath: { path: '/mnt/models/qwq-32b' } },
        cache: { type: 'hostPath', hostPath: '/mnt/cache' },
      },
      networkPolicy: { enabled: false },
    }),
  },
  'weights as an image': {
    values: just({
      workers: { weights: { source: 'image', image: { reference: 'models/qwq-32b:1', path: 'qwq' } } },
    }),
  },
  endpointslices: { values: just({ discovery: { mode: 'endpointslices' } }) },
  inferencepool: { values: just({ discovery: { mode: 'inferencepool' } }) },
  'existing secrets': { values: EXISTING },
  'external database, Job as a hook': { values: { ...EXISTING, bootstrap: { enabled: true }, secrets: {} } },
  'outbox on a claim': { values: just({ ledger: { outbox: 'pvc', storageClassName: 'fast' } }) },
  'without Redis, without control': {
    values: just({ redis: { mode: 'none' }, control: { enabled: false } }),
  },
  upgrade: { values: just({}), isUpgrade: true },
};

export const renderings = Object.entries(RENDERINGS).map(([name, rendering]) => ({ name, rendering }));
