// The gateways' pods as the control plane shows them, and which process of each answers.
import type { V1Pod } from '@kubernetes/client-node';
import type { NamespaceUnderTest } from '../../cluster/harness/namespace-under-test.ts';
import { passesProbe } from '../../cluster/harness/readiness-probe.ts';
import { isPodReady } from '../../cluster/harness/services.ts';
import { settles } from '../../cluster/harness/settles.ts';
import type { GatewayRun } from '../load/gateway-run.ts';
import type { GatewayBehindService } from '../load/service.ts';

const HTTP_PORT = 8_080;
const OPS_PORT = 9_090;

interface SeenGateway extends GatewayBehindService {
  readonly opsUrl: string;
}

export class GatewayPods {
  readonly #namespace: NamespaceUnderTest;
  /** By the pod's uid. */
  readonly #runs = new Map<string, GatewayRun>();

  constructor(namespace: NamespaceUnderTest) {
    this.#namespace = namespace;
  }

  /** Those that have an address. */
  get pods(): readonly SeenGateway[] {
    return this.#namespace.kubelet.pods.filter(isGateway).flatMap((pod) => {
      const address = pod.status?.podIP;
      if (address === undefined) return [];
      const run = this.#runOf(pod, address);
      return { isReady: isPodReady(pod), run, opsUrl: `http://${address}:${OPS_PORT}` };
    });
  }

  /** kill -9 of one; resolves once another process answers in its place. */
  async kill(tell: (what: string) => void): Promise<void> {
    const { kubelet, namespace } = this.#namespace;
    const found = kubelet.runs(namespace, 'gateway').find(({ isReady }) => isReady);
    if (found === undefined) throw new Error('there is no gateway to kill');
    const { pod, pid, address } = found;
    const name = pod.metadata?.name ?? '';
    tell(`${name} is killed (kill -9)`);
    this.#runOf(pod, address).isKilled = true;
    found.signal('SIGKILL');
    await settles(`${name} has another process`, () => found.pid !== pid);
    this.#runs.delete(pod.metadata?.uid ?? '');
    const [container] = pod.spec?.containers ?? [];
    await settles(`${name} is ready`, async () => container !== undefined && passesProbe(container, address));
    tell(`${name} is back`);
  }

  #runOf({ metadata }: V1Pod, address: string): GatewayRun {
    const uid = metadata?.uid ?? '';
    const run = this.#runs.get(uid) ?? { origin: `http://${address}:${HTTP_PORT}`, isKilled: false };
    this.#runs.set(uid, run);
    return run;
  }
}

function isGateway({ metadata }: V1Pod): boolean {
  return metadata?.labels?.['app.kubernetes.io/component'] === 'gateway';
}
