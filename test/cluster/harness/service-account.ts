// A service account with the rights a test names, and a kubeconfig whose token can be changed under whoever uses it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeKubeconfig } from '../control-plane/access.ts';
import type { Cluster } from '../control-plane/cluster.ts';

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

export class TestServiceAccount {
  /** Points to the token's file. */
  readonly kubeconfig: string;
  readonly #cluster: Cluster;
  readonly #namespace: string;
  readonly #name: string;
  readonly #tokenFile: string;

  private constructor(cluster: Cluster, namespace: string, name: string) {
    this.#cluster = cluster;
    this.#namespace = namespace;
    this.#name = name;
    this.kubeconfig = join(cluster.site.folder, `${namespace}-${name}.kubeconfig`);
    this.#tokenFile = join(cluster.site.folder, `${namespace}-${name}.token`);
    writeKubeconfig(this.kubeconfig, cluster.access, { namespace, tokenFile: this.#tokenFile });
  }

  static async make(
    cluster: Cluster,
    namespace: string,
    name: string,
    rules: readonly Rule[],
  ): Promise<TestServiceAccount> {
    const account = new TestServiceAccount(cluster, namespace, name);
    const rbac = { apiGroup: 'rbac.authorization.k8s.io' };
    const metadata = { name, namespace };
    await cluster.kubectl.apply([
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata, rules },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata,
        roleRef: { ...rbac, kind: 'Role', name },
        subjects: [{ kind: 'ServiceAccount', name, namespace }],
      },
    ]);
    await account.renewToken();
    return account;
  }

  /** As a kubelet does, long before the old one ends. */
  async renewToken(): Promise<void> {
    writeFileSync(this.#tokenFile, await this.#cluster.tokenOf(this.#namespace, this.#name), { mode: 0o600 });
  }

  /** Every token it has is worth nothing from now on, that in the file too. */
  async revokeTokens(): Promise<void> {
    const accounts = `/api/v1/namespaces/${this.#namespace}/serviceaccounts`;
    await this.#cluster.kube.remove(`${accounts}/${this.#name}`);
    await this.#cluster.kube.create(accounts, { metadata: { name: this.#name } });
  }
}

export const READS_PODS: Rule = { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] };
