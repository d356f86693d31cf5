// What everything that is played here shares: addresses, ports, a folder, the stand-in API server and the way to it.
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StandInApiServer } from '../../../libs/workers/src/kubernetes/stand-in-api-server.ts';
import { PodNetwork } from '../../cluster/harness/pod-network.ts';
import { type MadeKey, makeKey } from '../../e2e/harness/keys.ts';
import { freePort } from '../../servers/free-port.ts';
import type { WorkerMachine } from './worker-machine.ts';

/** A real API server ends a watch at its time-out, and whoever watches opens another. */
const WATCH_MS = 20_000;

interface Ports {
  readonly worker: number;
  readonly http: number;
  readonly ops: number;
  readonly scaler: number;
}

export class Site {
  readonly api: StandInApiServer;
  readonly machine: WorkerMachine;
  /** What the gateways' clients send. */
  readonly key: MadeKey = makeKey();
  readonly ports: Ports;
  readonly #network: PodNetwork;
  readonly #folder = mkdtempSync(join(tmpdir(), 'ropeway-rehearsal-'));
  readonly #watches: NodeJS.Timeout;

  private constructor(api: StandInApiServer, network: PodNetwork, ports: Ports, machine: WorkerMachine) {
    this.api = api;
    this.machine = machine;
    this.ports = ports;
    this.#network = network;
    this.#watches = setInterval(() => api.endWatches(), WATCH_MS);
    writeFileSync(this.kubeconfig, JSON.stringify(kubeconfigFor(api.url)));
  }

  static async open(machine: WorkerMachine): Promise<Site> {
    const ports = {
      worker: await freePort(),
      http: await freePort(),
      ops: await freePort(),
      scaler: await freePort(),
    };
    return new Site(await StandInApiServer.start(), await PodNetwork.open(), ports, machine);
  }

  get kubeconfig(): string {
    return join(this.#folder, 'kubeconfig');
  }

  newAddress(): string {
    return this.#network.newPodAddress();
  }

  newUid(): string {
    return randomUUID();
  }

  newFolder(name: string): string {
    const folder = join(this.#folder, name);
    mkdirSync(folder);
    return folder;
  }

  async close(): Promise<void> {
    clearInterval(this.#watches);
    await this.api.end();
    this.#network.close();
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function kubeconfigFor(server: string): object {
  return {
    'current-context': 'rehearsal',
    // Without TLS, which the package allows only so.
    clusters: [{ name: 'stand-in', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'rehearsal', user: { token: 'rehearsal' } }],
    contexts: [
      { name: 'rehearsal', context: { cluster: 'stand-in', user: 'rehearsal', namespace: 'ropeway' } },
    ],
  };
}
