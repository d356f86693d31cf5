// A real Kubernetes control plane on loopback: etcd, kube-apiserver, controllers, scheduler and kwok, with the CRDs of all
// that Ropeway meets. Nothing runs in its pods: nodes are kwok's, Ropeway's pods are processes of the harness.
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../servers/free-port.ts';
import { type Launch, newServerFolder, ServerProcess } from '../../servers/server-process.ts';
import type { ControlPlanePrograms } from '../programs/control-plane-programs.ts';
import { Cluster } from './cluster.ts';
import { apiServer, controllerManager, etcd, kwok, type Site, scheduler } from './components.ts';
import { Etcd } from './etcd.ts';

const ESTABLISHED_S = 120;

type Component = 'etcd' | 'apiserver' | 'controllers' | 'scheduler' | 'kwok';

export class ControlPlane {
  readonly cluster: Cluster;
  readonly etcd: Etcd;
  readonly #parts: ReadonlyMap<Component, ServerProcess>;

  private constructor(cluster: Cluster, parts: ReadonlyMap<Component, ServerProcess>) {
    this.cluster = cluster;
    this.etcd = new Etcd(`http://127.0.0.1:${cluster.site.ports.etcd}`);
    this.#parts = parts;
  }

  /** Resolves once the default namespace takes pods; some seconds. */
  static async start(programs: ControlPlanePrograms): Promise<ControlPlane> {
    const site = await prepareSite(programs);
    const parts = new Map<Component, ServerProcess>();
    const start = (name: Component, launch: Launch) => {
      const part = new ServerProcess(launch, site.folder);
      parts.set(name, part);
      return part.start();
    };
    try {
      await start('etcd', etcd(site));
      await start('apiserver', apiServer(site));
      const cluster = new Cluster(site);
      cluster.write();
      await start('controllers', controllerManager(site, cluster.kubeconfig));
      await start('scheduler', scheduler(site, cluster.kubeconfig));
      await start('kwok', kwok(site, cluster.kubeconfig));
      await installDefinitions(cluster);
      await cluster.takesPods('default');
      return new ControlPlane(cluster, parts);
    } catch (error) {
      await endAll(parts, site.folder);
      throw error;
    }
  }

  part(name: Component): ServerProcess {
    const part = this.#parts.get(name);
    if (part === undefined) throw new RangeError(`no component is named ${name}`);
    return part;
  }

  async stop(): Promise<void> {
    await this.cluster.close();
    await endAll(this.#parts, this.cluster.site.folder);
  }
}

async function endAll(parts: ReadonlyMap<Component, ServerProcess>, folder: string): Promise<void> {
  await Promise.all([...parts.values()].map((part) => part.kill9()));
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function prepareSite(programs: ControlPlanePrograms): Promise<Site> {
  const folder = newServerFolder('cluster');
  const token = randomBytes(16).toString('hex');
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
  write('tokens.csv', `${token},admin,admin,"system:masters"\n`);
  write('service-accounts.key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  write('service-accounts.pub', publicKey.export({ type: 'spki', format: 'pem' }).toString());
  const certify = (name: string, ...names: readonly string[]) => {
    const made = spawnSync(programs.path('certificates'), [join(folder, name), ...names], {
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(`no certificates for ${name}: ${made.error ?? made.stderr}`);
  };
  // What the API server shows to the metrics adapter, and what KEDA's two parts show to each other.
  certify('front-proxy', 'front-proxy-client');
  certify('keda', 'keda', 'localhost', 'keda-operator.keda.svc', '127.0.0.1');
  const ports = {
    api: await freePort(),
    etcd: await freePort(),
    peer: await freePort(),
    kedaMetrics: await freePort(),
    kedaHealth: await freePort(),
    kedaAdapter: await freePort(),
  };
  return { programs, folder, token, ports };
}

async function installDefinitions({ kubectl, site }: Cluster): Promise<void> {
  await kubectl.run('kubectl', ['apply', '--server-side', '-f', site.programs.definitions]);
  const established = ['--for=condition=Established', 'crd', '--all', `--timeout=${ESTABLISHED_S}s`];
  await kubectl.run('kubectl', ['wait', ...established]);
}
