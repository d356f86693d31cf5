// Who may reach what: the flows Ropeway needs are let through by the policies, and no other flow between its pods is.
import { describe, expect, it } from '@jest/globals';
import { objectsOf } from './chart.ts';
import {
  component,
  type Fields,
  fields,
  type KubeObject,
  list,
  named,
  ofKind,
  podLabels,
  selects,
  text,
  workloads,
} from './kube-object.ts';
import { MODEL, renderings } from './renderings.ts';

interface Flow {
  readonly from: string;
  readonly to: string;
  readonly port: number;
}

/** Between pods of a release. A component that is not rendered has none. */
const FLOWS: readonly Flow[] = [
  { from: 'gateway', to: 'worker', port: 8000 },
  { from: 'gateway', to: 'postgresql', port: 5432 },
  { from: 'gateway', to: 'redis', port: 6379 },
  { from: 'control', to: 'postgresql', port: 5432 },
  { from: 'control', to: 'redis', port: 6379 },
  { from: 'bootstrap', to: 'postgresql', port: 5432 },
  { from: 'scaler', to: 'gateway', port: 9090 },
];
/** From outside of the release, by the namespaces of the values. */
const VISITS: readonly (Flow & { readonly namespace: string })[] = [
  { from: 'keda', namespace: 'keda', to: 'scaler', port: 9091 },
  ...['gateway', 'scaler'].map((to) => ({ from: 'prometheus', namespace: 'monitoring', to, port: 9090 })),
  { from: 'prometheus', namespace: 'monitoring', to: 'worker', port: 8000 },
];
const API_SERVER_CLIENTS = ['gateway', 'scaler', 'bootstrap'];
const PORTS = [8080, 8081, 9090, 9091, 8000, 5432, 6379];

const open = renderings.filter(({ name }) => name !== 'not restricted');

it('lets gateways reach a collector only where there are traces', () => {
  const reaches = (config: object) => {
    const objects = objectsOf({ values: { model: MODEL, config } });
    return JSON.stringify(fields(named(objects, 'NetworkPolicy', 'r-ropeway-gateway'), 'spec')).includes(
      '4318',
    );
  };
  const url = 'http://collector.tracing:4318/v1/traces';
  expect([reaches({}), reaches({ tracing: { url } })]).toEqual([false, true]);
});

describe.each(open)('$name', ({ rendering }) => {
  const cluster = () => new Policies(objectsOf(rendering));

  it('lets through each flow it needs, and no other between its pods', () => {
    const policies = cluster();
    const through = policies.components.flatMap((from) =>
      policies.components.flatMap((to) =>
        PORTS.filter((port) => policies.listens(to, port) && policies.lets(from, to, port)).map((port) => ({
          from,
          to,
          port,
        })),
      ),
    );
    // The gateway's own API asks everybody for a key; a policy of clients narrows it.
    const flows = through.filter(({ to, port }) => !(to === 'gateway' && port === 8080));
    const wanted = FLOWS.filter(
      ({ from, to }) => policies.components.includes(from) && policies.components.includes(to),
    );
    expect(new Set(flows.map(nameOf))).toEqual(new Set(wanted.map(nameOf)));
  });

  it('lets KEDA and Prometheus in where they have to be, and nowhere else', () => {
    const policies = cluster();
    for (const { namespace, to, port } of VISITS)
      if (policies.components.includes(to)) expect(policies.letsIn(namespace, to, port)).toBe(true);
    for (const namespace of ['keda', 'monitoring', 'strangers'])
      for (const to of policies.components)
        for (const port of PORTS.filter((one) => policies.listens(to, one))) {
          const isWanted = VISITS.some(
            (one) => one.namespace === namespace && one.to === to && one.port === port,
          );
          const isApi = to === 'gateway' && port === 8080;
          if (!isWanted && !isApi)
            expect([namespace, to, port, policies.letsIn(namespace, to, port)]).toEqual([
              namespace,
              to,
              port,
              false,
            ]);
        }
  });

  it('lets the API server be asked by those who ask it', () => {
    const policies = cluster();
    const asking = policies.components.filter((one) => policies.letsOut(one, 6443));
    expect(new Set(asking)).toEqual(
      new Set(API_SERVER_CLIENTS.filter((one) => policies.components.includes(one))),
    );
  });

  it('lets every pod ask for names', () => {
    const policies = cluster();
    for (const one of policies.components) expect(policies.letsOut(one, 53)).toBe(true);
  });
});

it('lets workers out only where they download their weights', () => {
  const outOf = (workers: object) =>
    new Policies(objectsOf({ values: { model: MODEL, workers } })).letsOut('worker', 443);
  expect(outOf({})).toBe(true);
  expect(outOf({ weights: { source: 'pvc', pvc: { claimName: 'w' } } })).toBe(false);
});

it('narrows callers to those the values name', () => {
  const clients = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'web' } } }];
  const policies = new Policies(objectsOf({ values: { model: MODEL, networkPolicy: { clients } } }));
  expect(policies.letsIn('web', 'gateway', 8080)).toBe(true);
  expect(policies.letsIn('strangers', 'gateway', 8080)).toBe(false);
});

it('lets `helm test` in, whoever the callers are', () => {
  const clients = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'web' } } }];
  const objects = objectsOf({ values: { model: MODEL, networkPolicy: { clients } } });
  const test = named(objects, 'Pod', 'r-ropeway-test').metadata.labels ?? {};
  const peers = list(list(named(objects, 'NetworkPolicy', 'r-ropeway-gateway'), 'spec.ingress')[0], 'from');
  const pods = peers
    .filter((peer) => !('namespaceSelector' in fields(peer)))
    .map((peer) => fields(peer, 'podSelector.matchLabels'));
  expect(pods.some((labels) => selects(labels, test))).toBe(true);
});

it('reaches your own database and Redis by their ports', () => {
  const found = renderings.find(({ name }) => name === 'existing secrets');
  const policies = new Policies(objectsOf(found?.rendering ?? {}));
  for (const port of [5432, 6380]) expect(policies.letsOut('gateway', port)).toBe(true);
  expect(policies.letsOut('gateway', 6379)).toBe(false);
});

function nameOf({ from, to, port }: Flow): string {
  return `${from} -> ${to}:${port}`;
}

/** What the policies of a rendering let through: as Kubernetes judges them, for pods of one of each component. */
class Policies {
  readonly components: readonly string[];
  readonly #pods: ReadonlyMap<string, KubeObject>;
  readonly #policies: readonly KubeObject[];

  constructor(objects: readonly KubeObject[]) {
    this.#pods = new Map(workloads(objects).map((one) => [component(one), one]));
    this.components = [...this.#pods.keys()].filter((one) => one !== 'headroom');
    this.#policies = ofKind(objects, 'NetworkPolicy');
  }

  listens(to: string, port: number): boolean {
    return this.#portOf(to, port) !== undefined;
  }

  lets(from: string, to: string, port: number): boolean {
    const isOut = this.#rules(from, 'Egress').some(
      (rule) => this.#hasPort(rule, to, port) && this.#hasPeer(rule, 'to', null, this.#labels(to)),
    );
    const isIn = this.#rules(to, 'Ingress').some(
      (rule) => this.#hasPort(rule, to, port) && this.#hasPeer(rule, 'from', null, this.#labels(from)),
    );
    return isOut && isIn;
  }

  letsIn(namespace: string, to: string, port: number): boolean {
    return this.#rules(to, 'Ingress').some(
      (rule) => this.#hasPort(rule, to, port) && this.#hasPeer(rule, 'from', namespace, {}),
    );
  }

  /** To an address outside of the cluster. */
  letsOut(from: string, port: number): boolean {
    return this.#rules(from, 'Egress').some(
      (rule) => list(rule, 'to').length === 0 && list(rule, 'ports').some((one) => fields(one).port === port),
    );
  }

  /** Rules for a pod; a pod no policy of that direction selects would be open, which none may be. */
  #rules(name: string, direction: 'Ingress' | 'Egress'): readonly Fields[] {
    const labels = this.#labels(name);
    const selecting = this.#policies.filter(
      (policy) =>
        list(policy, 'spec.policyTypes').includes(direction) &&
        selects(fields(policy, 'spec.podSelector.matchLabels'), labels),
    );
    expect(selecting).not.toEqual([]);
    return selecting.flatMap((policy) =>
      list(policy, `spec.${direction.toLowerCase()}`).map((rule) => fields(rule)),
    );
  }

  #hasPort(rule: Fields, to: string, port: number): boolean {
    const ports = list(rule, 'ports');
    const name = text(this.#portOf(to, port), 'name');
    return (
      ports.length === 0 || ports.some((one) => [port, name].includes(fields(one).port as number | string))
    );
  }

  /** `namespace` null: a pod of the same namespace. */
  #hasPeer(
    rule: Fields,
    side: 'from' | 'to',
    namespace: string | null,
    labels: Readonly<Record<string, string>>,
  ): boolean {
    const peers = list(rule, side);
    if (peers.length === 0) return true;
    return peers.some((peer) => {
      const pods = fields(peer, 'podSelector.matchLabels');
      const space = fields(peer, 'namespaceSelector.matchLabels')['kubernetes.io/metadata.name'];
      return namespace === null ? selects(pods, labels) : space === namespace;
    });
  }

  #portOf(name: string, port: number): Fields | undefined {
    const containers = list(this.#pods.get(name), 'spec.template.spec.containers');
    return containers
      .flatMap((container) => list(container, 'ports').map((one) => fields(one)))
      .find(({ containerPort }) => containerPort === port);
  }

  #labels(name: string): Readonly<Record<string, string>> {
    const pod = this.#pods.get(name);
    if (pod === undefined) throw new Error(`no ${name} was rendered`);
    return podLabels(pod);
  }
}
