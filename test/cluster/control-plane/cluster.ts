// A control plane that runs, as tests use it: whichever process started it, its folder says all that is needed.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settles } from '../harness/settles.ts';
import { programsIn } from '../programs/control-plane-programs.ts';
import { type Access, writeKubeconfig } from './access.ts';
import type { Site } from './components.ts';
import { Kube } from './kube.ts';
import { Kubectl } from './kubectl.ts';

export class Cluster {
  readonly site: Site;
  /** As cluster administrator. */
  readonly access: Access;
  readonly kubeconfig: string;
  readonly kube: Kube;
  readonly kubectl: Kubectl;

  constructor(site: Site) {
    this.site = site;
    this.access = {
      url: `https://127.0.0.1:${site.ports.api}`,
      authority: readFileSync(join(site.folder, 'certificates', 'apiserver.crt'), 'utf8'),
      token: site.token,
    };
    this.kubeconfig = join(site.folder, 'kubeconfig');
    this.kube = new Kube(this.access);
    this.kubectl = new Kubectl(site.folder, this.kubeconfig);
  }

  static in(folder: string): Cluster {
    const { programs, ...site } = JSON.parse(readFileSync(siteFile(folder), 'utf8'));
    return new Cluster({ ...site, programs: programsIn(programs) });
  }

  /** For `in`, and for people with a kubectl. */
  write(): void {
    const { programs, ...site } = this.site;
    writeFileSync(siteFile(this.site.folder), JSON.stringify({ ...site, programs: programs.folder }), {
      mode: 0o600,
    });
    writeKubeconfig(this.kubeconfig, this.access);
  }

  /** Resolves once it takes pods: a pod is refused until its namespace has a service account. */
  async newNamespace(name: string): Promise<void> {
    await this.kube.create('/api/v1/namespaces', { metadata: { name } });
    await this.takesPods(name);
  }

  async takesPods(namespace: string): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
    const has = async () => (await this.kube.find(path).catch(() => undefined)) !== undefined;
    await settles(`namespace ${namespace} has its service account`, has);
  }

  /** A token as a kubelet mounts it, at first for an hour. `pod`: bound to it. */
  async tokenOf(
    namespace: string,
    serviceAccount: string,
    pod: { readonly name: string; readonly uid: string } | null = null,
  ): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
    const bound = pod && { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', ...pod } };
    const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };
    const made = await this.kube.create<{ readonly status: { readonly token: string } }>(path, {
      ...asked,
      spec: { audiences: [], expirationSeconds: 3_600, ...bound },
    });
    return made.status.token;
  }

  close(): Promise<void> {
    return this.kube.close();
  }
}

function siteFile(folder: string): string {
  return join(folder, 'site.json');
}
