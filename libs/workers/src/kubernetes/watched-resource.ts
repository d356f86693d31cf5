// A reflector whose question may change while it runs (other Services, another selector): the old table holds until the
// new one is there, so that a change of the question is not taken for workers that vanished.
import { Reflector, type ReflectorInput, type ReflectorReading } from './reflector.ts';
import type { KubeObject, Resource } from './resource.ts';

export type WatchPorts<T extends KubeObject> = Omit<ReflectorInput<T>, 'resource' | 'changed'> & {
  /** Told that the objects may be others now. */
  readonly changed: () => void;
};

export class WatchedResource<T extends KubeObject> {
  readonly #ports: WatchPorts<T>;
  #selector: string;
  #current: Reflector<T>;
  #next: Reflector<T> | null = null;
  /** Of reflectors that were replaced, until their last question ended. */
  readonly #closing = new Set<Promise<void>>();

  constructor(resource: Resource<T>, ports: WatchPorts<T>) {
    this.#ports = ports;
    this.#selector = resource.selector;
    this.#current = this.#reflect(resource);
  }

  get objects(): readonly T[] {
    return this.#current.objects;
  }

  get reading(): ReflectorReading {
    return (this.#next ?? this.#current).reading;
  }

  get isSynced(): boolean {
    return this.#current.reading.isSynced;
  }

  synced(signal: AbortSignal): Promise<boolean> {
    return this.#current.synced(signal);
  }

  /** Does nothing when the selector is the one asked for already. */
  ask(resource: Resource<T>): void {
    if (resource.selector === this.#selector) return;
    this.#selector = resource.selector;
    if (this.#next !== null) this.#close(this.#next);
    const next = this.#reflect(resource);
    this.#next = next;
  }

  async close(): Promise<void> {
    if (this.#next !== null) this.#close(this.#next);
    this.#close(this.#current);
    await Promise.all(this.#closing);
  }

  #reflect(resource: Resource<T>): Reflector<T> {
    const reflector: Reflector<T> = new Reflector<T>({
      ...this.#ports,
      resource,
      changed: () => this.#changed(reflector),
    });
    return reflector;
  }

  /** The first table of the next one makes it the current one. */
  #changed(reflector: Reflector<T>): void {
    if (reflector === this.#next) {
      this.#close(this.#current);
      this.#current = reflector;
      this.#next = null;
    }
    if (reflector === this.#current) this.#ports.changed();
  }

  #close(reflector: Reflector<T>): void {
    const closing = reflector.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
