// DNS of the cluster: which address a Service's name means. Processes learn it from a file, KEDA from a proxy.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** For `node --import`. */
export const SERVICE_NAMES = join(import.meta.dirname, 'resolve-services.mjs');

export class ServiceNames {
  readonly #file: string;
  readonly #addresses = new Map<string, string>();

  constructor(folder: string) {
    this.#file = join(folder, 'service-names.json');
    this.#write();
  }

  set(namespace: string, service: string, address: string): void {
    for (const name of namesOf(namespace, service)) this.#addresses.set(name, address);
    this.#write();
  }

  remove(namespace: string, service: string): void {
    for (const name of namesOf(namespace, service)) this.#addresses.delete(name);
    this.#write();
  }

  /** The host itself when it is no Service's name. */
  resolve(host: string): string {
    return this.#addresses.get(host) ?? host;
  }

  environment(namespace: string): Readonly<Record<string, string>> {
    return { ROPEWAY_TEST_NAMES: this.#file, ROPEWAY_TEST_NAMESPACE: namespace };
  }

  #write(): void {
    writeFileSync(this.#file, JSON.stringify(Object.fromEntries(this.#addresses)));
  }
}

function namesOf(namespace: string, service: string): string[] {
  const short = `${service}.${namespace}`;
  return [short, `${short}.svc`, `${short}.svc.cluster.local`];
}
