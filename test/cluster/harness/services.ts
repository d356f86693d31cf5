// Stands for kube-proxy and the cluster's DNS: each Service has a loopback address and listens on its ports; a connection
// goes to one of its pods that is Ready and not going, in turn. A connection that is open stays where it is.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod, V1Service, V1ServicePort } from '@kubernetes/client-node';
import type { Cluster } from '../control-plane/cluster.ts';
import type { Kubelet } from './kubelet.ts';
import type { PodNetwork } from './pod-network.ts';
import type { ServiceNames } from './service-names.ts';

const LOOK_EVERY_MS = 250;

interface Standing {
  readonly uid: string;
  readonly address: string;
  readonly listeners: readonly { readonly port: V1ServicePort; readonly server: Server }[];
}

interface Surroundings {
  readonly cluster: Cluster;
  readonly network: PodNetwork;
  readonly names: ServiceNames;
  readonly kubelet: Kubelet;
}

export class Services {
  readonly #around: Surroundings;
  /** By namespace and name. */
  readonly #standing = new Map<string, Standing>();
  readonly #sockets = new Set<Socket>();
  #isOver = false;
  #turn = 0;
  readonly #looking: Promise<void>;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#looking = this.#keepLooking();
  }

  /** Origin of a Service's port, by its name or number; undefined while it is not there. */
  url(namespace: string, service: string, port: string | number): string | undefined {
    const found = this.#standing
      .get(`${namespace}/${service}`)
      ?.listeners.find((each) => each.port.name === port || each.port.port === port);
    const bound = found?.server.address();
    return bound && typeof bound === 'object' ? `http://${bound.address}:${bound.port}` : undefined;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#looking;
    for (const name of this.#standing.keys()) this.#remove(name);
    for (const socket of this.#sockets) socket.destroy();
  }

  async #keepLooking(): Promise<void> {
    while (!this.#isOver) {
      try {
        await this.#follow(
          await this.#around.cluster.kube.list<V1Service>('/api/v1/services?resourceVersion=0'),
        );
      } catch {
        // The API server is away: what stands stands.
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  async #follow(services: readonly V1Service[]): Promise<void> {
    const there = new Map(
      services
        .filter(({ spec }) => spec?.selector)
        .map((service) => [`${service.metadata?.namespace}/${service.metadata?.name}`, service]),
    );
    for (const [name, { uid }] of this.#standing)
      if (there.get(name)?.metadata?.uid !== uid) this.#remove(name);
    for (const [name, service] of there) if (!this.#standing.has(name)) await this.#add(name, service);
  }

  async #add(name: string, service: V1Service): Promise<void> {
    const address = this.#around.network.newServiceAddress();
    const listeners = await Promise.all(
      (service.spec?.ports ?? []).map(async (port) => {
        const server = createServer({ allowHalfOpen: true }, (socket) =>
          this.#carry(socket, name, service, port),
        );
        server.listen(port.port, address);
        await once(server, 'listening');
        return { port, server };
      }),
    );
    this.#standing.set(name, { uid: service.metadata?.uid ?? '', address, listeners });
    const [namespace = '', short = ''] = name.split('/');
    this.#around.names.set(namespace, short, address);
  }

  #remove(name: string): void {
    for (const { server } of this.#standing.get(name)?.listeners ?? []) server.close();
    this.#standing.delete(name);
    const [namespace = '', short = ''] = name.split('/');
    this.#around.names.remove(namespace, short);
  }

  #carry(client: Socket, name: string, service: V1Service, port: V1ServicePort): void {
    const ready = this.#around.kubelet.pods.filter((pod) => isBehind(service, pod) && isPodReady(pod));
    const pod = ready[this.#turn++ % Math.max(1, ready.length)];
    const address = pod?.status?.podIP;
    this.#hold(client);
    if (pod === undefined || address === undefined) return void client.resetAndDestroy();
    const server = connect({ host: address, port: targetPort(pod, port, name), allowHalfOpen: true });
    this.#hold(server);
    client.pipe(server).pipe(client);
    client.once('close', () => server.destroy());
    server.once('close', () => client.destroy());
    server.once('error', () => client.resetAndDestroy());
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

function isBehind(service: V1Service, { metadata }: V1Pod): boolean {
  const wanted = Object.entries(service.spec?.selector ?? {});
  return (
    metadata?.namespace === service.metadata?.namespace &&
    wanted.every(([label, value]) => metadata?.labels?.[label] === value)
  );
}

/** Ready, and not going. */
export function isPodReady({ metadata, status }: V1Pod): boolean {
  const isSo = status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') === true;
  return isSo && !metadata?.deletionTimestamp;
}

function targetPort(pod: V1Pod, { port, targetPort: target = port }: V1ServicePort, name: string): number {
  if (typeof target === 'number') return target;
  const ports = pod.spec?.containers.flatMap((container) => container.ports ?? []) ?? [];
  const found = ports.find((each) => each.name === target);
  if (found === undefined) throw new Error(`Service ${name}: its pods have no port named ${target}`);
  return found.containerPort;
}
