// Worker pods without the chart, for tests of who finds them: what discovery reads, and a vllm-sim behind it.
export interface WorkerPodTerms {
  readonly name: string;
  readonly pool?: string;
  readonly factor?: string;
  readonly window?: string;
  /** Window the server really has; default: what the label says. */
  readonly servedWindow?: string;
  readonly address?: string;
  /** Default: vLLM's, 8000. */
  readonly port?: number;
  /** In place of the labels that it should have; undefined takes one away. */
  readonly labels?: Readonly<Record<string, string | undefined>>;
  readonly arguments?: readonly string[];
  readonly image?: string;
  readonly gpus?: number;
  /** Secret of type kubernetes.io/tls: a sidecar in front of the server speaks TLS with it, at `TLS_PORT`. */
  readonly tlsSecret?: string;
  /** How long it serves on after its deletion was asked for. */
  readonly preStopS?: number;
}

export const TLS_PORT = 8_443;
export const SIM = 'dist/apps/vllm-sim/src/main.js';

export function workerPod(terms: WorkerPodTerms): object {
  const { name, address, ...template } = terms;
  const { metadata, spec } = workerTemplate(template);
  const annotations = address === undefined ? {} : { 'ropeway.test/ip': address };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, name, annotations }, spec };
}

export function workerDeployment({ name, ...terms }: WorkerPodTerms, replicas: number): object {
  const template = workerTemplate({ ...terms, labels: { ...terms.labels, 'ropeway.test/of': name } });
  const selector = { matchLabels: { 'ropeway.test/of': name } };
  const metadata = { name };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { replicas, selector, template } };
}

function workerTemplate(terms: Omit<WorkerPodTerms, 'name' | 'address'>) {
  const {
    pool = 'default',
    factor = '1',
    window = '8192',
    servedWindow = window,
    gpus = 0,
    preStopS = 0,
    port = 8_000,
  } = terms;
  const labels = {
    'app.kubernetes.io/name': 'ropeway',
    'app.kubernetes.io/component': 'worker',
    'ropeway.dev/pool': pool,
    'ropeway.dev/rope-factor': factor,
    'ropeway.dev/window': window,
    ...terms.labels,
  };
  const rope = factor === '1' ? '{"type":"default"}' : `{"type":"yarn","factor":${factor}}`;
  const told = [
    '--host',
    '0.0.0.0',
    '--port',
    `${port}`,
    '--window',
    servedWindow,
    '--rope',
    rope,
    '--step-ms',
    '5',
  ];
  const container = {
    name: 'worker',
    image: terms.image ?? 'vllm-sim',
    command: ['node', SIM, ...told, ...(terms.arguments ?? [])],
    ports: [{ name: 'http', containerPort: port }],
    readinessProbe: { httpGet: { path: '/health', port: 'http' } },
    ...(preStopS === 0 ? {} : { lifecycle: { preStop: { sleep: { seconds: preStopS } } } }),
    ...(gpus === 0 ? {} : { resources: { limits: { 'nvidia.com/gpu': `${gpus}` } } }),
  };
  const tolerations = [{ key: 'nvidia.com/gpu', operator: 'Exists', effect: 'NoSchedule' }];
  const terminationGracePeriodSeconds = preStopS + 5;
  return {
    // JSON leaves out what is undefined.
    metadata: { labels },
    spec: {
      containers: [container, ...(terms.tlsSecret === undefined ? [] : [tlsFront(port)])],
      ...(terms.tlsSecret === undefined
        ? {}
        : { volumes: [{ name: 'tls', secret: { secretName: terms.tlsSecret } }] }),
      terminationGracePeriodSeconds,
      ...(gpus === 0 ? {} : { tolerations }),
    },
  };
}

function tlsFront(serverPort: number) {
  return {
    name: 'tls',
    image: 'tls-front',
    command: ['tls-front', `${TLS_PORT}`, `${serverPort}`, '/etc/tls/tls.crt', '/etc/tls/tls.key'],
    ports: [{ name: 'https', containerPort: TLS_PORT }],
    readinessProbe: { tcpSocket: { port: 'https' } },
    volumeMounts: [{ name: 'tls', mountPath: '/etc/tls', readOnly: true }],
  };
}
