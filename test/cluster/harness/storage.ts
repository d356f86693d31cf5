// Plays a storage class: every claim that waits gets a volume made for it. Nothing is ever written there; pods have folders.
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1PersistentVolumeClaim } from '@kubernetes/client-node';
import type { Kube } from '../control-plane/kube.ts';

const LOOK_EVERY_MS = 500;
const VOLUMES = '/api/v1/persistentvolumes';

export class Storage {
  readonly #kube: Kube;
  readonly #namespace: string;
  readonly #made = new Set<string>();
  #isOver = false;
  readonly #looking: Promise<void>;

  constructor(kube: Kube, namespace: string) {
    this.#kube = kube;
    this.#namespace = namespace;
    this.#looking = this.#keepLooking();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#looking;
    await Promise.all([...this.#made].map((name) => this.#kube.remove(`${VOLUMES}/${name}`)));
  }

  async #keepLooking(): Promise<void> {
    const path = `/api/v1/namespaces/${this.#namespace}/persistentvolumeclaims`;
    while (!this.#isOver) {
      try {
        for (const claim of await this.#kube.list<V1PersistentVolumeClaim>(path))
          if (!claim.spec?.volumeName) await this.#make(claim);
      } catch {
        // The API server is away, or another look was quicker.
      }
      await sleep(LOOK_EVERY_MS);
    }
  }

  async #make({ metadata, spec }: V1PersistentVolumeClaim): Promise<void> {
    const name = `test-${metadata?.uid}`;
    if (this.#made.has(name)) return;
    this.#made.add(name);
    await this.#kube.create(VOLUMES, {
      metadata: { name },
      spec: {
        accessModes: spec?.accessModes ?? ['ReadWriteOnce'],
        capacity: { storage: spec?.resources?.requests?.storage ?? '1Gi' },
        claimRef: { namespace: metadata?.namespace, name: metadata?.name, uid: metadata?.uid },
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: spec?.storageClassName ?? '',
        hostPath: { path: '/nowhere' },
      },
    });
  }
}
