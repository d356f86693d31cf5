// Values of a release: what is served, by which pools and programs, with which state, and who may reach and watch it.
import * as z from 'zod';
import {
  labels,
  parentRefs,
  part,
  peers,
  quantity,
  resources,
  text,
  tolerations,
} from './kubernetes-values.ts';
import { budget, image, port, scheduling, seconds } from './pod-values.ts';
import { pool, worker } from './worker-values.ts';

/** Part of names of objects, of Services among them. */
const objectName = text.regex(/^([a-z]([a-z0-9-]*[a-z0-9])?)?$/);
const auto = z.union([z.literal('auto'), z.boolean()]);

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

export const values = part({
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
    collector: part({
      to: peers.describe('Empty: any address.'),
      ports: z.array(port).describe('Its ports.'),
    }).describe('For gateways that send traces: where `config.tracing.url` is set.'),
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
