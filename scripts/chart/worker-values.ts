// Values of workers and of the pools they make: `workers` has the defaults, and each pool may set whatever it has.
import * as z from 'zod';
import { count, part, quantity, resources, text } from './kubernetes-values.ts';
import { budget, image, period, scheduling, seconds, secretKey } from './pod-values.ts';

const engine = part({
  kind: z
    .enum(['vllm', 'sim'])
    .describe("`vllm`, or `sim`: the simulator of Ropeway's image, which needs no GPU."),
  version: text
    .regex(/^\d+\.\d+\.\d+$/)
    .describe("vLLM's version. It decides which arguments are right, and the image's tag."),
  image: image.describe('Empty tag: `v` and the version.'),
  argsStyle: z
    .enum(['auto', 'ropeScaling', 'hfOverridesLegacy', 'hfOverrides'])
    .describe('How YaRN is told: `auto` goes by the version.'),
  reasoningParser: text
    .nullable()
    .describe('vLLM `--reasoning-parser`; auto: the one of the profile; null: none.'),
  toolCallParser: text.nullable().describe('vLLM `--tool-call-parser`; null: none.'),
  promptTokensDetails: z
    .boolean()
    .describe('vLLM `--enable-prompt-tokens-details`: how much of a prompt was cached.'),
  gpuMemoryUtilization: z.number().min(0.1).max(1).nullable().describe("null: vLLM's own, 0.92."),
  kvCacheDtype: text.nullable().describe('`fp8` halves the KV cache; null: as the weights.'),
  maxNumSeqs: z.int().min(1).nullable().describe("Requests that run at once; null: vLLM's own."),
  hashSeed: text.describe('PYTHONHASHSEED: equal seeds give equal prefix hashes on all workers.'),
  extraArgs: z.array(text).describe('Appended as they are. What the chart sets itself is refused here.'),
  sim: part({
    kvTokens: z.int().min(16).describe('Tokens of its KV cache.'),
    prefillTokensPerSecond: z.int().min(1).describe('Speed of prefill.'),
    stepMs: z.int().min(1).describe('Time of a step.'),
    startupDelayMs: z.int().min(0).describe('How long its port refuses.'),
  }).describe('Of `kind: sim`.'),
});

const replicas = part({
  min: count.describe('0: may sleep.'),
  max: z.int().min(1).max(10_000).describe('Workers at most.'),
});
const pace = part({
  pods: z.int().min(1).describe('Pods in a period.'),
  periodSeconds: z.int().min(1).max(1_800).describe('The period.'),
  stabilizationSeconds: z.int().min(0).max(3_600).describe('The want must have held for so long.'),
});

const workerSettings = {
  engine: engine.describe('What runs in a worker, and how.'),
  gpus: z.int().min(0).max(64).describe('GPUs of a worker.'),
  gpuResource: text.min(1).describe("The device plugin's name of them."),
  tensorParallelSize: z.int().min(1).max(64).nullable().describe('null: as many as `gpus`.'),
  resources: resources.describe('Beside the GPUs.'),
  shmSize: quantity.describe('/dev/shm; counts as memory.'),
  replicas: replicas.describe('Workers of a pool. Equal: fixed.'),
  autoscaling: part({
    targetTokens: z
      .int()
      .min(1)
      .describe('Prompt tokens before a worker: tokens a second it prefills, times the wait you accept.'),
    targetKvUsage: z.number().min(0.01).max(1).describe('Share of its KV cache a worker should use.'),
    pollingSeconds: period.describe("KEDA's polling; waking does not wait for it."),
    cooldownSeconds: seconds.describe('From the last activity to zero.'),
    initialCooldownSeconds: seconds.describe('The same after the ScaledObject is made.'),
    scaleUp: pace.describe('How fast workers are added.'),
    scaleDown: pace.describe('How fast they are taken away.'),
    fallback: part({
      enabled: z.boolean().describe('Only where `min` is not 0.'),
      failureThreshold: z.int().min(1).describe('Failed looks in a row.'),
      replicas: count.nullable().describe('Workers while KEDA is blind; null: `min`.'),
    }).describe('When the scaler does not answer.'),
  }).describe('How a pool whose `min` is below `max` is scaled.'),
  weights: part({
    source: z.enum(['hub', 'pvc', 'image', 'hostPath']).describe('Where the weights come from.'),
    hub: part({
      tokenSecret: secretKey('Secret with a Hugging Face token.'),
      endpoint: text.describe('A mirror of the hub.'),
    }).describe('Downloaded by each new pod, into `cache`.'),
    pvc: part({
      claimName: text.describe('A claim that many nodes may read at once.'),
      path: text.describe('Folder of the model in it.'),
    }).describe('A volume that holds them.'),
    image: part({
      reference: text.describe('An OCI image that holds them.'),
      pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).describe('When it is fetched.'),
      path: text.describe('Folder of the model in it.'),
    }).describe('An image volume: Kubernetes 1.35, or its feature gate ImageVolume.'),
    hostPath: part({ path: text.describe('Folder of the model.') }).describe('A folder of the node.'),
  }).describe('The model.'),
  cache: part({
    type: z.enum(['emptyDir', 'pvc', 'hostPath']).describe('Where it is.'),
    sizeLimit: quantity.describe('Of an emptyDir.'),
    claimName: text.describe('Of a pvc.'),
    hostPath: text.describe('Folder of the node.'),
  }).describe('Downloaded weights, and what vLLM compiled.'),
  probes: part({
    startupSeconds: z.int().min(1).max(86_400).nullable().describe('null: 1800 with a download, else 600.'),
    startupPeriodSeconds: period.describe('Pace of the startup probe; how often it may fail is computed.'),
    readinessPeriodSeconds: period.describe('Pace of the readiness probe.'),
    readinessFailureThreshold: period.describe('Failures that take it out.'),
    livenessPeriodSeconds: period.describe('Pace of the liveness probe.'),
    livenessFailureThreshold: period.describe('Failures that restart it.'),
    timeoutSeconds: period.describe('Of each probe.'),
  }).describe('GET /health.'),
  drain: part({
    preStopSeconds: seconds.describe('Between the end of routing and SIGTERM.'),
    timeoutSeconds: seconds.describe('Running answers may finish: vLLM `--shutdown-timeout`.'),
  }).describe('The grace period is their sum and 30 s.'),
  rollout: part({
    maxSurge: z.union([count, text]).describe('Workers beyond the number.'),
    maxUnavailable: z.union([count, text]).describe('Workers short of it.'),
  }).describe('How a changed pool is replaced.'),
  ...scheduling,
  runtimeClassName: text.describe('As in a pod; some clusters need `nvidia`.'),
  schedulerName: text.describe('As in a pod.'),
  podSecurity: z
    .enum(['restricted', 'none'])
    .describe('`restricted`: not root, nothing writable but its volumes; `none`: as the image is.'),
  apiKeySecret: secretKey("Secret with the workers' own key; the gateway sends it."),
  headroom: part({
    replicas: count.describe('Pause pods, each as large as a worker.'),
    image: text.describe('Of the pause pod.'),
    priorityClassName: text.describe('Empty: that of `priorityClasses`.'),
  }).describe('Pause pods that keep GPU nodes warm.'),
  podDisruptionBudget: budget.describe('Where `replicas.min` is 2 or more.'),
};

/** Named, because they stand in two places: under `workers`, and in each pool. */
export const worker = Object.fromEntries(
  Object.entries(workerSettings).map(([name, setting]) => [
    name,
    setting.meta({ ...setting.meta(), id: `worker.${name}` }),
  ]),
);

export const pool = z.strictObject({
  name: text
    .regex(/^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$/)
    .describe('Name in headers, metrics and of the Deployment.'),
  rope: z
    .strictObject({
      type: z.enum(['default', 'yarn']).describe('`default`: no scaling.'),
      factor: z.number().gt(1).max(64).optional().describe('Of yarn: 2 or 4, as a rule.'),
      originalMaxPosition: z.int().min(16).optional().describe('Positions the model was trained on; 32768.'),
      theta: z.number().min(1).optional().describe("The base of the model's RoPE; 1000000."),
    })
    .describe('How its workers scale positions. Static: for every request of the pool.'),
  window: z
    .int()
    .min(16)
    .max(16_777_216)
    .optional()
    .describe(
      'vLLM `--max-model-len`. Left out: the native window of the profile; with yarn, `factor` x `originalMaxPosition`.',
    ),
  allowNativeWindow: z
    .boolean()
    .optional()
    .describe('A default rope beyond the native window: config.json of the weights allows it.'),
  kvTokensPerWorker: z.int().min(16).optional().describe('KV tokens of a worker whose metrics do not say.'),
  tokenWeight: z
    .number()
    .min(0.001)
    .max(1_000)
    .optional()
    .describe('What a token of this pool counts in token limits.'),
  ...part(worker).shape,
});
