// How each program of the control plane is started: everything on loopback, nothing durable, one of each.
import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import type { Launch } from '../../servers/server-process.ts';
import type { ControlPlanePrograms } from '../programs/control-plane-programs.ts';

/** With every core busy with something else a start has taken half a minute. */
const READY_MS = 180_000;
const LOOK_MS = 2_000;
const LOG_CHARACTERS = 262_144;

/** What a cloud does; what would take nodes away whose leases nobody renews; what nobody reads and refuses loopback. */
const LEFT_OUT = [
  'nodeipam',
  'nodelifecycle',
  'route',
  'service-lb-controller',
  'cloud-node-lifecycle-controller',
  'endpoints-controller',
  'endpointslice-mirroring-controller',
];

interface Ports {
  readonly api: number;
  readonly etcd: number;
  readonly peer: number;
  readonly kedaMetrics: number;
  readonly kedaHealth: number;
  readonly kedaAdapter: number;
}

/** Where everything is; `folder` holds keys, certificates, tokens and etcd's data. */
export interface Site {
  readonly programs: ControlPlanePrograms;
  readonly folder: string;
  /** Of the administrator. */
  readonly token: string;
  readonly ports: Ports;
}

const COMMON = {
  runsAs: 'self',
  stopSignal: 'SIGKILL',
  readyMs: READY_MS,
  logCharacters: LOG_CHARACTERS,
} as const;

export function etcd({ programs, folder, ports }: Site): Launch {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.peer}`;
  const data = ['--name=test', `--data-dir=${join(folder, 'etcd')}`, '--unsafe-no-fsync', '--log-level=warn'];
  const clients = [`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`];
  const peers = [`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`];
  return {
    ...COMMON,
    file: programs.path('etcd'),
    args: [...data, ...clients, ...peers, `--initial-cluster=test=${peer}`],
    isReady: () => answers(`${client}/health`),
  };
}

export function apiServer({ programs, folder, ports }: Site): Launch {
  const at = (name: string) => join(folder, name);
  return {
    ...COMMON,
    file: programs.path('kube-apiserver'),
    args: [
      `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      '--endpoint-reconciler-type=none',
      `--secure-port=${ports.api}`,
      `--cert-dir=${at('certificates')}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${at('service-accounts.pub')}`,
      `--service-account-signing-key-file=${at('service-accounts.key')}`,
      `--token-auth-file=${at('tokens.csv')}`,
      `--requestheader-client-ca-file=${at('front-proxy/ca.crt')}`,
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${at('front-proxy/tls.crt')}`,
      `--proxy-client-key-file=${at('front-proxy/tls.key')}`,
      `--audit-policy-file=${join(import.meta.dirname, 'audit-policy.yaml')}`,
      `--audit-log-path=${at('audit.log')}`,
      '--authorization-mode=RBAC',
      '--allow-privileged=true',
      '--shutdown-delay-duration=0s',
      // New nodes get the taint node.kubernetes.io/not-ready, which only the node lifecycle controller takes away; it is left out,
      // since nothing renews the nodes' leases.
      '--disable-admission-plugins=TaintNodesByCondition',
    ],
    isReady: () => isApiServerReady(ports.api),
  };
}

export function controllerManager(site: Site, kubeconfig: string): Launch {
  const { programs, folder } = site;
  return {
    ...COMMON,
    file: programs.path('kube-controller-manager'),
    args: [
      `--kubeconfig=${kubeconfig}`,
      '--leader-elect=false',
      '--secure-port=0',
      `--service-account-private-key-file=${join(folder, 'service-accounts.key')}`,
      `--root-ca-file=${join(folder, 'certificates', 'apiserver.crt')}`,
      `--controllers=*,${LEFT_OUT.map((name) => `-${name}`).join()}`,
      '--horizontal-pod-autoscaler-sync-period=2s',
    ],
    isReady: async () => true,
  };
}

export function scheduler({ programs }: Site, kubeconfig: string): Launch {
  return {
    ...COMMON,
    file: programs.path('kube-scheduler'),
    args: [`--kubeconfig=${kubeconfig}`, '--leader-elect=false', '--secure-port=0'],
    isReady: async () => true,
  };
}

export function kwok({ programs }: Site, kubeconfig: string): Launch {
  return {
    ...COMMON,
    file: programs.path('kwok'),
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--config=${join(import.meta.dirname, 'stages.yaml')}`,
      '--manage-all-nodes=true',
      '--cidr=10.244.0.0/16',
      '--node-ip=127.0.0.1',
    ],
    isReady: async () => true,
  };
}

/** `proxy`: knows what the names of Services mean, since nothing here answers DNS. */
export function kedaOperator(site: Site, kubeconfig: string, proxy: string): Launch {
  const { programs, folder, ports } = site;
  return {
    ...COMMON,
    file: programs.path('keda-operator'),
    args: [
      `--kubeconfig=${kubeconfig}`,
      '--leader-elect=false',
      '--enable-cert-rotation=false',
      `--cert-dir=${join(folder, 'keda')}`,
      `--ca-dir=${join(folder, 'keda')}`,
      '--metrics-bind-address=0',
      `--health-probe-bind-address=127.0.0.1:${ports.kedaHealth}`,
      `--metrics-service-bind-address=127.0.0.1:${ports.kedaMetrics}`,
      '--zap-encoder=console',
    ],
    env: { ...KEDA_NAMESPACES, HTTPS_PROXY: proxy, NO_PROXY: '127.0.0.1,localhost' },
    isReady: () => answers(`http://127.0.0.1:${ports.kedaHealth}/readyz`),
  };
}

export function kedaAdapter({ programs, folder, ports }: Site, kubeconfig: string): Launch {
  const as = ['kubeconfig', 'authentication-kubeconfig', 'authorization-kubeconfig', 'lister-kubeconfig'];
  return {
    ...COMMON,
    file: programs.path('keda-adapter'),
    args: [
      ...as.map((name) => `--${name}=${kubeconfig}`),
      `--cert-dir=${join(folder, 'keda')}`,
      `--tls-cert-file=${join(folder, 'keda', 'tls.crt')}`,
      `--tls-private-key-file=${join(folder, 'keda', 'tls.key')}`,
      `--metrics-service-address=127.0.0.1:${ports.kedaMetrics}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${ports.kedaAdapter}`,
      '--port=0',
    ],
    env: KEDA_NAMESPACES,
    isReady: () => answers(`https://127.0.0.1:${ports.kedaAdapter}/readyz`),
  };
}

const KEDA_NAMESPACES = { WATCH_NAMESPACE: '', POD_NAMESPACE: 'keda', KEDA_CLUSTER_OBJECT_NAMESPACE: 'keda' };

/** Any answer but a refusal of health: the adapter asks who we are. */
async function answers(url: string): Promise<boolean> {
  const { status } = await fetch(url, { dispatcher: untrusting, signal: AbortSignal.timeout(LOOK_MS) });
  return status < 500;
}

async function isApiServerReady(port: number): Promise<boolean> {
  const url = `https://127.0.0.1:${port}/readyz`;
  return (await fetch(url, { dispatcher: untrusting, signal: AbortSignal.timeout(LOOK_MS) })).ok;
}

/** Before a start its certificate does not exist. */
const untrusting = new Agent({ connect: { rejectUnauthorized: false }, allowH2: false });
