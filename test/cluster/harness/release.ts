// The chart as a user installs it: real Helm, the rehearsal preset, and what a test sets besides.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Deployment, V1Secret } from '@kubernetes/client-node';
import type { FrontDoor } from '../../e2e/harness/ask.ts';
import type { NamespaceUnderTest } from './namespace-under-test.ts';
import { settles } from './settles.ts';

export const CHART = join(import.meta.dirname, '..', '..', '..', 'helm', 'ropeway');
const NAME = 'ropeway';
/** Helm itself gives up then. */
const TIMEOUT_S = 240;

export type Values = Readonly<Record<string, unknown>>;

export class Release {
  readonly #stage: NamespaceUnderTest;
  readonly #preset: string;

  private constructor(stage: NamespaceUnderTest, preset: string) {
    this.#stage = stage;
    this.#preset = preset;
  }

  /** Resolves once everything is ready, the bootstrap Job done. */
  static async install(
    stage: NamespaceUnderTest,
    values: Values = {},
    preset = 'rehearsal',
  ): Promise<Release> {
    const release = new Release(stage, preset);
    await release.#helm('install', values);
    return release;
  }

  /** `values`: all that differ from the preset, as for `install`. */
  upgrade(values: Values): Promise<void> {
    return this.#helm('upgrade', values);
  }

  async uninstall(): Promise<void> {
    const { cluster, namespace } = this.#stage;
    const how = ['--namespace', namespace, '--wait', '--timeout', `${TIMEOUT_S}s`];
    await cluster.kubectl.run('helm', ['uninstall', NAME, ...how]);
  }

  /** The Service of the gateways, with the first key. */
  async door(): Promise<FrontDoor> {
    const { cluster, namespace, services, path } = this.#stage;
    const url = () => services.url(namespace, `${NAME}-gateway`, 'http');
    await settles('the Service of the gateways stands', () => url() !== undefined);
    const secret = await cluster.kube.get<V1Secret>(path(`/secrets/${NAME}-first-key`));
    const key = Buffer.from(secret.data?.['api-key'] ?? '', 'base64').toString();
    return { url: url() ?? '', key };
  }

  /** Of a pool's workers, or of `gateway`. */
  deployment(name: string): Promise<V1Deployment> {
    const { cluster, path } = this.#stage;
    return cluster.kube.get(path(`/deployments/${NAME}-${name}`, 'apis/apps/v1'));
  }

  /** Replaces every pod of it, as its strategy says; resolves when the last old one has ended. */
  async restart(name: string): Promise<void> {
    const { cluster, namespace } = this.#stage;
    const deployment = `deployment/${NAME}-${name}`;
    const within = ['--namespace', namespace];
    await cluster.kubectl.run('kubectl', ['rollout', 'restart', deployment, ...within]);
    await cluster.kubectl.run('kubectl', [
      'rollout',
      'status',
      deployment,
      ...within,
      `--timeout=${TIMEOUT_S}s`,
    ]);
  }

  async #helm(command: 'install' | 'upgrade', values: Values): Promise<void> {
    const { cluster, namespace, kubelet } = this.#stage;
    const file = join(cluster.site.folder, `${namespace}-values.json`);
    writeFileSync(file, JSON.stringify(values));
    const from = ['--values', join(CHART, 'presets', `${this.#preset}.yaml`), '--values', file];
    const how = ['--namespace', namespace, '--wait', '--wait-for-jobs', '--timeout', `${TIMEOUT_S}s`];
    const done = await cluster.kubectl.attempt('helm', [command, NAME, CHART, ...from, ...how]);
    if (done.code === 0) return;
    throw new Error(`helm ${command} failed: ${done.stderr}\n${kubelet.log(namespace).slice(-20_000)}`);
  }
}
