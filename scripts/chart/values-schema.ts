// What may stand in the chart's values: helm/ropeway/values.schema.json is made from this (`npm run docs`), and Helm enforces
// it. Contradictions between values are refused by templates/_validate.tpl, each with a sentence.
import * as z from 'zod';
import { type JsonSchema, settingsJsonSchema } from '#config';
import {
  affinity,
  count,
  environment,
  labels,
  parentRefs,
  part,
  peers,
  quantity,
  resources,
  text,
  tolerations,
  topologySpreadConstraints,
} from './kubernetes-values.ts';
import type { Node } from './schema-node.ts';

/** Sections of ropeway.yaml that `config` may set; what the chart itself writes is not among them. */
const CONFIG_SECTIONS = [
  ...['log', 'keys', 'auth', 'limits', 'ledger', 'prices', 'bodies', 'waiting', 'relay', 'workers'],
  ...['tokenizer', 'metrics', 'server', 'database', 'redis', 'scaler'],
];
const OWNED: Readonly<Record<string, readonly string[]>> = {
  server: ['host', 'port'],
  ledger: ['outbox', 'handover'],
  database: ['url', 'urlFile', 'embedded'],
  redis: ['urls', 'isCluster', 'passwordFile', 'passwordEnv'],
  scaler: ['host', 'port', 'gateways', 'tls'],
};
const OWNED_OF_MODEL = ['id', 'aliases', 'profile', 'servedName', 'vocabulary'];

const seconds = z.int().min(0).max(86_400);
const period = z.int().min(1).max(3_600);
const port = z.int().min(1).max(65_535);
/** Part of names of objects, of Services among them. */
const objectName = text.regex(/^([a-z]([a-z0-9-]*[a-z0-9])?)?$/);
const auto = z.union([z.literal('auto'), z.boolean()]);
const image = part({
  repository: text.min(1).describe('Without tag.'),
  tag: text.describe('Empty: the one that fits.'),
  digest: text.regex(/^(sha256:[0-9a-f]{64})?$/).describe('sha256:…; wins over the tag.'),
  pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).describe('When the image is fetched.'),
}).meta({ id: 'image' });
const secretKey = (about: string) =>
  part({ name: text.describe(about), key: text.min(1).describe('Its key in the Secret.') });
const budget = part({ enabled: z.boolean().describe('With two replicas or more.') });

const scheduling = {
  nodeSelector: labels.describe('Labels its nodes must have.'),
  tolerations: tolerations.describe('Taints it may run on.'),
  affinity: affinity.describe('As in a pod.'),
  topologySpreadConstraints: topologySpreadConstraints.describe(
    'As in a pod. Empty: spread where it can be had.',
  ),
  priorityClassName: text.describe('Empty: that of `priorityClasses`, or none.'),
  podAnnotations: labels.describe('Further annotations of its pods.'),
  podLabels: labels.describe('Further labels of its pods.'),
  extraEnv: environment.describe('Further environment variables, as in a container.'),
};

const program = {
  replicas: z.int().min(1).max(1_000).describe('Number of pods.'),
  resources: resources.describe('Of the container.'),
  ...scheduling,
};
const service = part({
  type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer']).describe('Type of the Service.'),
  port: port.describe('Its port.'),
  annotations: labels.describe('Its annotations.'),
});

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
const worker = Object.fromEntries(
  Object.entries(workerSettings).map(([name, setting]) => [
    name,
    setting.meta({ ...setting.meta(), id: `worker.${name}` }),
  ]),
);

const pool = z.strictObject({
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

const values = part({
  model: text.describe('Name on Hugging Face, as in Qwen/QwQ-32B. **Required.**'),
  modelOptions: part({
    id: text.describe('Name in /v1/models. Empty: the last part of `model`, lower case.'),
    aliases: z.array(text).describe('Further names. Empty: the last part of `model`, and `model` itself.'),
    servedName: text.describe('vLLM `--served-model-name`. Empty: the last part of `model`.'),
    profile: z
      .enum(['', 'qwq', 'qwen2.5', 'qwen3'])
      .describe('How prompts are counted. Empty: told by the name.'),
    revision: text.describe('Commit or tag of the weights. Pin it.'),
    settings: z
      .record(text, text)
      .describe('Further settings of the model: docs/configuration.md, `models`.'),
  }).describe('What is served.'),
  pools: z.array(pool).min(1).describe('Pools of workers. Each may also set whatever `workers` has.'),
  nodeSelector: labels.describe('Nodes of the workers.'),
  tolerations: tolerations.describe('Taints workers may run on.'),
  workers: part(worker).describe('Defaults of every pool.'),
  image: image.describe("Ropeway's image, of all its programs. Empty tag: the chart's appVersion."),
  imagePullSecrets: z.array(z.strictObject({ name: text })).describe('For every pod.'),
  gateway: part({
    ...program,
    autoscaling: part({
      enabled: z.boolean().describe('An HPA instead of `replicas`.'),
      minReplicas: z.int().min(1).describe('Least.'),
      maxReplicas: z.int().min(1).describe('Most.'),
      targetCpuPercent: z.int().min(1).max(100).describe('Counting tokens is CPU.'),
      scaleDownStabilizationSeconds: z.int().min(0).max(3_600).describe('Answers are long.'),
    }).describe('By CPU.'),
    drain: part({
      preStopSeconds: seconds.describe('The time balancers need to hear of it.'),
      timeoutSeconds: seconds.describe('Running answers may finish.'),
    }).describe('The grace period is their sum and 15 s.'),
    service: service.describe('Of the API.'),
    podDisruptionBudget: budget.describe('One pod at a time may be evicted.'),
  }).describe('The data plane.'),
  control: part({
    ...program,
    enabled: z.boolean().describe('The admin API.'),
    service: service.describe('Of the admin API.'),
  }).describe('The admin API.'),
  scaler: part({
    ...program,
    tls: part({
      secretName: text.describe('Secret with tls.crt, tls.key and ca.crt: mutual TLS with KEDA.'),
    }).describe('Empty: plain.'),
    podDisruptionBudget: budget.describe('One pod at a time may be evicted.'),
  }).describe('What KEDA asks. Runs where `autoscaling.mode` comes to keda.'),
  autoscaling: part({
    mode: z
      .enum(['auto', 'keda', 'prometheus', 'none'])
      .describe(
        'keda: by our scaler; prometheus: KEDA asks Prometheus; none: fixed; auto: keda where KEDA is installed.',
      ),
    prometheus: part({ serverAddress: text.describe('Of mode prometheus.') }).describe('Of mode prometheus.'),
  }).describe('Who scales the pools.'),
  discovery: part({
    mode: z.enum(['pods', 'endpointslices', 'inferencepool']).describe('How gateways find workers.'),
    inferencePool: part({ create: z.boolean().describe('One for each pool.') }).describe(
      'Of mode inferencepool.',
    ),
  }).describe('How gateways find workers.'),
  config: z.record(text, text).describe('Further settings of Ropeway: docs/configuration.md.'),
  bootstrap: part({
    enabled: z
      .boolean()
      .describe('A Job that makes Secrets that are not yours, migrates, and makes the first key.'),
    tenant: text.regex(/^[a-z0-9][a-z0-9._-]{0,62}$/).describe('Of the first key.'),
    waitSeconds: z.int().min(1).max(3_600).describe('For the database.'),
    resources: resources.describe('Of the container.'),
  }).describe('The first start.'),
  secrets: part({
    pepper: part({
      existingSecret: text.describe('Empty: the Job makes it. Its keys are versions.'),
      versions: z
        .array(z.int().min(1).max(1_000_000))
        .min(1)
        .describe('Versions gateways read: docs/runbooks/pepper-rotation.md.'),
    }).describe('What digests of keys are made with.'),
    admin: part({
      existingSecret: text.describe('Empty: the Job makes it. Its key is admin-key.'),
    }).describe('The admin key.'),
    firstKey: part({
      existingSecret: text.describe(
        'Empty: the Job makes it. Its key is api-key; the text becomes the first key.',
      ),
    }).describe('Of `bootstrap.tenant`.'),
  }).describe('Secrets, by reference.'),
  database: part({
    mode: z.enum(['bundled', 'external']).describe('bundled: one PostgreSQL without backup, for trials.'),
    external: part({
      existingSecret: text.describe('Secret with the URL, postgres://user:password@host:5432/ropeway.'),
      key: text.min(1).describe('Its key in the Secret.'),
      port: port.describe('For the network policy.'),
    }).describe('Yours.'),
    bundled: part({
      image: image.describe('PostgreSQL.'),
      storage: part({
        size: quantity.describe('Of its volume.'),
        storageClassName: text.describe("Empty: the cluster's default."),
      }).describe('Its volume.'),
      resources: resources.describe('Of the container.'),
    }).describe('For trials.'),
  }).describe('Tenants, keys, ledger.'),
  redis: part({
    mode: z.enum(['bundled', 'external', 'none']).describe('none: each gateway counts limits by itself.'),
    external: part({
      urls: z.array(text).describe('redis://host:6379, or some addresses of a cluster.'),
      isCluster: z.boolean().describe('They are of a Redis Cluster.'),
      existingSecret: text.describe('Secret with the password. Empty: none.'),
      key: text.min(1).describe('Its key in the Secret.'),
      port: port.describe('For the network policy.'),
    }).describe('Yours.'),
    bundled: part({
      image: image.describe('Valkey.'),
      resources: resources.describe('Of the container.'),
    }).describe('For trials.'),
  }).describe('Where gateways count limits together.'),
  authorities: part({
    configMap: text.describe('ConfigMap of yours with them, in PEM. Empty: the public ones alone.'),
    key: text.min(1).describe('Its key in the ConfigMap.'),
  }).describe(
    'Trusted beside the public ones, by gateway, control and bootstrap: for your PostgreSQL and Redis.',
  ),
  ledger: part({
    outbox: z
      .enum(['emptyDir', 'pvc'])
      .describe('emptyDir survives the container; pvc the node, too, and makes the gateway a StatefulSet.'),
    size: quantity.describe('Of the outbox.'),
    storageClassName: text.describe("Of a pvc. Empty: the cluster's default."),
  }).describe('Where usage waits until the database has it.'),
  httpRoute: part({
    enabled: z.boolean().describe('An HTTPRoute of Gateway API.'),
    parentRefs: parentRefs.describe('Gateways it belongs to.'),
    hostnames: z.array(text).describe('Its host names.'),
    annotations: labels.describe('Its annotations.'),
  }).describe('Gateway API.'),
  ingress: part({
    enabled: z.boolean().describe('An Ingress.'),
    className: text.describe('Its class.'),
    annotations: labels.describe('Its annotations.'),
    hosts: z.array(text).describe('Its hosts.'),
    tls: z
      .array(z.strictObject({ secretName: text, hosts: z.array(text).optional() }))
      .describe('Certificates.'),
  }).describe('Ingress.'),
  networkPolicy: part({
    enabled: z.boolean().describe('Default deny for all pods of the release, and the flows it needs.'),
    clients: peers.describe('Who may call the gateway. Empty: everybody, it asks for keys.'),
    admins: peers.describe('Who may call control, beside `kubectl port-forward`. Empty: nobody.'),
    monitoring: peers.describe('Prometheus.'),
    keda: peers.describe('KEDA.'),
    dns: peers.describe('Where names are asked. Empty: any address, port 53.'),
    apiServer: part({
      to: peers.describe('Empty: any address.'),
      ports: z.array(port).describe('Its ports.'),
    }).describe('For gateway, scaler and the Job.'),
    hub: part({
      to: peers.describe('Empty: any address.'),
      ports: z.array(port).describe('Its ports.'),
    }).describe('For workers that download their weights.'),
  }).describe('Who may reach what.'),
  monitoring: part({
    serviceMonitor: part({
      enabled: auto.describe('auto: where the Prometheus operator is installed.'),
      interval: text.describe('Between scrapes.'),
      labels: labels.describe('What your Prometheus selects by.'),
    }).describe('Gateway and scaler.'),
    podMonitor: part({
      enabled: auto.describe('auto: where the Prometheus operator is installed.'),
      interval: text.describe('Between scrapes.'),
      labels: labels.describe('What your Prometheus selects by.'),
    }).describe('Workers.'),
    prometheusRule: part({
      enabled: auto.describe('auto: where the Prometheus operator is installed.'),
      labels: labels.describe('What your Prometheus selects by.'),
      runbookBaseUrl: text.describe(
        'In front of `docs/runbooks/x.md` in the `runbook_url` of each alert, as in `https://git.example.com/ropeway/blob/main`.',
      ),
      without: z.array(text).describe('Names of alerts to leave out, as where you have one of your own.'),
    }).describe('Alerts, and the recording rules of docs/slo.md: rules/.'),
    dashboards: part({
      enabled: z.boolean().describe('ConfigMaps for Grafana: docs/dashboards.md.'),
      label: text.min(1).describe("What Grafana's sidecar looks for."),
      labelValue: text.describe('Its value.'),
      folder: text.describe('In Grafana.'),
    }).describe('Grafana.'),
  }).describe('How it is watched.'),
  priorityClasses: part({
    create: z.boolean().describe('Gateway above workers above pause pods. Cluster-wide objects.'),
  }).describe('Who gives way.'),
  nameOverride: objectName.describe('Instead of the chart name.'),
  fullnameOverride: objectName.describe('Instead of release and chart name.'),
  global: z.record(text, z.unknown()).describe("Helm's own; not read."),
});

/** helm/ropeway/values.schema.json. */
export function valuesSchema(): JsonSchema {
  const schema = z.toJSONSchema(values, { target: 'draft-7', io: 'input' }) as Node;
  const settings = settingsJsonSchema() as Node;
  const properties = { ...(schema.properties as Node) };
  properties.config = { ...configOf(settings), description: descriptionOf(properties.config) };
  const modelOptions = properties.modelOptions as Node;
  properties.modelOptions = {
    ...modelOptions,
    properties: { ...(modelOptions.properties as Node), settings: modelSettingsOf(settings, modelOptions) },
  };
  return { ...schema, title: "Values of Ropeway's chart", properties };
}

function configOf(settings: Node): Node {
  const sections = settings.properties as Node;
  const properties = Object.fromEntries(
    CONFIG_SECTIONS.filter((name) => name in sections).map((name) => [
      name,
      without(sections[name] as Node, OWNED[name] ?? []),
    ]),
  );
  return { type: 'object', properties, additionalProperties: false };
}

function modelSettingsOf(settings: Node, modelOptions: Node): Node {
  const model = ((settings.properties as Node).models as Node).items as Node;
  const description = descriptionOf((modelOptions.properties as Node).settings);
  const { required: _, ...open } = without(model, OWNED_OF_MODEL);
  return { ...open, description };
}

function without(section: Node, owned: readonly string[]): Node {
  if (section.properties === undefined) return section;
  const kept = Object.entries(section.properties as Node).filter(([name]) => !owned.includes(name));
  return { ...section, properties: Object.fromEntries(kept) };
}

function descriptionOf(node: unknown): unknown {
  return (node as Node).description;
}
