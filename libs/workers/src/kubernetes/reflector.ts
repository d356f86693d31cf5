// Keeps a table of what the API server has: list, watch from there, and list anew when the watch cannot go on. An error
// never empties the table: until the server answers again, what was last known holds.
import type { Readable } from 'node:stream';
import { Alarm } from '../alarm.ts';
import { type Clock, systemClock } from '../clock.ts';
import { ApiFailure, asFailure, type FailureCause } from './api-failure.ts';
import { backOffMs } from './back-off.ts';
import type { Cluster } from './cluster.ts';
import { Deadline } from './deadline.ts';
import { listObjects } from './list-objects.ts';
import { readLines } from './read-lines.ts';
import type { ListCause, ReflectorEvent } from './reflector-event.ts';
import { DEFAULT_REFLECTOR_OPTIONS, type ReflectorOptions } from './reflector-options.ts';
import type { KubeObject, Resource } from './resource.ts';
import { parseWatchLine, type WatchLine } from './watch-line.ts';

export interface ReflectorInput<T extends KubeObject> {
  readonly cluster: Cluster;
  readonly resource: Resource<T>;
  /**
   * Told the whole table after the first list and after whatever changed it, once a batch of events. What it throws is
   * logged and goes no further.
   */
  readonly changed: (objects: readonly T[]) => void;
  /** Must not throw. */
  readonly log?: (event: ReflectorEvent) => void;
  readonly options?: Partial<ReflectorOptions>;
  readonly clock?: Clock;
  /** 0 <= value < 1. */
  readonly random?: () => number;
}

export interface ReflectorReading {
  readonly isSynced: boolean;
  /** Since the server last said something; null: never. */
  readonly ageMs: number | null;
  /** Why it does not go on right now, for people; null while it does. */
  readonly trouble: string | null;
}

export class Reflector<T extends KubeObject> {
  readonly #input: ReflectorInput<T>;
  readonly #options: ReflectorOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #pause: Alarm;
  readonly #closed = new AbortController();
  readonly #loop: Promise<void>;
  readonly #synced = Promise.withResolvers<boolean>();
  #table: Map<string, T> = new Map();
  #isSynced = false;
  /** What was seen last; a watch goes on from there. */
  #version = '';
  /** Why the next step is a list; null while the watch can go on. */
  #listCause: ListCause | null = 'start';
  #failuresInRow = 0;
  #failedWith: FailureCause | null = null;
  #heardMs: number | null = null;
  #trouble: string | null = null;

  constructor(input: ReflectorInput<T>) {
    this.#input = input;
    this.#options = { ...DEFAULT_REFLECTOR_OPTIONS, ...input.options };
    this.#clock = input.clock ?? systemClock;
    this.#random = input.random ?? Math.random;
    this.#pause = new Alarm(this.#clock);
    this.#loop = this.#run();
  }

  /** As last known. Empty before the first list. */
  get objects(): readonly T[] {
    return [...this.#table.values()];
  }

  get reading(): ReflectorReading {
    return {
      isSynced: this.#isSynced,
      ageMs: this.#heardMs === null ? null : this.#clock.nowMs() - this.#heardMs,
      trouble: this.#trouble,
    };
  }

  /** True once the first list is there; false when the signal aborts or it is closed before. */
  async synced(signal: AbortSignal): Promise<boolean> {
    if (this.#isSynced) return true;
    if (signal.aborted) return false;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const giveUp = () => resolve(false);
    signal.addEventListener('abort', giveUp, { once: true });
    const isSynced = await Promise.race([this.#synced.promise, promise]);
    signal.removeEventListener('abort', giveUp);
    return isSynced;
  }

  /** Nobody is told anything from here on. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#pause.ring();
    this.#synced.resolve(false);
    await this.#loop;
  }

  get #isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      let pauseMs = 0;
      try {
        if (this.#listCause !== null) await this.#list(this.#listCause);
        await this.#watch();
      } catch (error) {
        if (this.#isClosed) return;
        pauseMs = this.#failed(asFailure(error, 'broken'));
      }
      if (pauseMs > 0) await this.#pause.pause(pauseMs);
    }
  }

  async #list(cause: ListCause): Promise<void> {
    const { cluster, resource } = this.#input;
    const { pageObjects, maxPageBytes } = this.#options;
    const startMs = this.#clock.nowMs();
    const question = { path: resource.path, selector: resource.selector, pageObjects, maxPageBytes };
    const list = await listObjects(cluster, question, (run) => this.#page(run));
    if (this.#isClosed) return;
    this.#heard();
    this.#table = this.#tableOf(list.items);
    this.#version = list.resourceVersion;
    this.#listCause = null;
    this.#trouble = null;
    const tookMs = this.#clock.nowMs() - startMs;
    this.#log({ kind: 'listed', cause, objects: this.#table.size, tookMs });
    this.#isSynced = true;
    this.#publish();
    this.#synced.resolve(true);
  }

  async #page<R>(run: (signal: AbortSignal) => Promise<R>): Promise<R> {
    const deadline = new Deadline(this.#clock, this.#closed.signal);
    deadline.within(this.#options.answerMs, 'no whole list page');
    try {
      const result = await run(deadline.signal);
      this.#heard();
      return result;
    } finally {
      deadline.close();
    }
  }

  /** An object that cannot be read stays as it was known. */
  #tableOf(items: readonly unknown[]): Map<string, T> {
    const table = new Map<string, T>();
    for (const item of items) {
      const object = this.#parse(item) ?? this.#table.get(uidOf(item));
      if (object !== undefined) table.set(object.uid, object);
    }
    return table;
  }

  /** Ends when the server ends it, or throws. */
  async #watch(): Promise<void> {
    const deadline = new Deadline(this.#clock, this.#closed.signal);
    let lines = 0;
    try {
      const body = await this.#openWatch(deadline);
      const openedMs = this.#clock.nowMs();
      this.#heard();
      this.#trouble = null;
      this.#log({ kind: 'watching', resourceVersion: this.#version });
      for await (const batch of readLines(body, this.#options.maxLineBytes)) {
        lines += batch.length;
        this.#take(batch);
        if (this.#clock.nowMs() - openedMs >= SOUND_WATCH_MS) this.#recovered();
      }
      if (this.#clock.nowMs() - openedMs < SOUND_WATCH_MS)
        throw new ApiFailure('broken', 'the watch ended at once');
      this.#recovered();
      if (lines === 0) this.#listCause = 'silent';
    } catch (error) {
      const failure = asFailure(error, 'broken');
      if (failure.kind === 'timeout' && lines === 0) this.#listCause = 'silent';
      throw failure;
    } finally {
      deadline.close();
    }
  }

  async #openWatch(deadline: Deadline): Promise<Readable> {
    const { cluster, resource } = this.#input;
    const { answerMs, watchMs, watchGraceMs } = this.#options;
    // Up to a fifth shorter by chance, so that gateways started together do not ask together for ever.
    const seconds = Math.max(1, Math.round((watchMs / 1_000) * (1 - 0.2 * this.#random())));
    deadline.within(answerMs, 'no answer to the watch');
    const body = await cluster.get(watchPath(resource, this.#version, seconds), deadline.signal);
    deadline.within(seconds * 1_000 + watchGraceMs, 'no end of the watch');
    return body;
  }

  #take(lines: readonly string[]): void {
    if (this.#isClosed) return;
    this.#heard();
    let hasChanged = false;
    try {
      for (const line of lines) hasChanged = this.#apply(parseWatchLine(line)) || hasChanged;
    } finally {
      if (hasChanged) this.#publish();
    }
  }

  /** True when the table changed. */
  #apply(line: WatchLine): boolean {
    if (line.type === 'bookmark') {
      this.#version = line.resourceVersion;
      return false;
    }
    const object = this.#parse(line.object);
    if (line.type === 'removed') return this.#remove(object?.uid ?? uidOf(line.object), object);
    if (object === null) return false;
    // Versions grow within a resource (KEP-5504); what is older than what we have seen was told before.
    if (isOlder(object.resourceVersion, this.#version)) return false;
    this.#version = object.resourceVersion;
    this.#table.set(object.uid, object);
    return true;
  }

  #remove(uid: string, object: T | null): boolean {
    if (object !== null && !isOlder(object.resourceVersion, this.#version))
      this.#version = object.resourceVersion;
    return this.#table.delete(uid);
  }

  #parse(value: unknown): T | null {
    try {
      return this.#input.resource.parse(value);
    } catch (error) {
      this.#log({ kind: 'object-unreadable', detail: asFailure(error, 'unreadable').message });
      return null;
    }
  }

  #publish(): void {
    if (this.#isClosed) return;
    try {
      this.#input.changed(this.objects);
    } catch (error) {
      this.#log({ kind: 'handler-failed', error });
    }
  }

  #heard(): void {
    this.#heardMs = this.#clock.nowMs();
  }

  #recovered(): void {
    if (this.#failuresInRow === 0) return;
    this.#log({ kind: 'recovered', failures: this.#failuresInRow });
    this.#failuresInRow = 0;
    this.#failedWith = null;
    this.#trouble = null;
  }

  /** The pause until the next try. */
  #failed(failure: ApiFailure): number {
    const { kind: cause, message: detail } = failure;
    this.#listCause ??= listCauseOf(failure);
    // A server that says "expired" is back: what failed while it was away is no reason to let it wait for the list.
    const isFirst = cause === 'expired' && this.#failedWith !== 'expired';
    this.#failuresInRow = isFirst ? 1 : this.#failuresInRow + 1;
    this.#failedWith = cause;
    this.#trouble = detail;
    const pauseMs = Math.max(
      failure.retryAfterMs,
      backOffMs(this.#failuresInRow, this.#random(), this.#options),
    );
    this.#log({ kind: 'failed', cause, detail, failures: this.#failuresInRow, pauseMs });
    return pauseMs;
  }

  #log(event: OwnEvent): void {
    this.#input.log?.({ resource: this.#input.resource.name, ...event });
  }
}

/** A watch that lived so long counts as one that works: failures before it are forgotten. */
const SOUND_WATCH_MS = 1_000;

/** null: the connection failed, not what we asked for, so the watch goes on from where it was. */
function listCauseOf({ kind, retryAfterMs }: ApiFailure): ListCause | null {
  if (kind === 'expired') return 'expired';
  if (kind === 'unreadable') return 'failed';
  // A server that asks for a pause (429, 503) is overloaded: a list is the last it needs.
  return kind === 'refused' && retryAfterMs === 0 ? 'failed' : null;
}

function watchPath({ path, selector }: Resource<KubeObject>, version: string, seconds: number): string {
  const query = new URLSearchParams({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: version,
    timeoutSeconds: String(seconds),
  });
  if (selector !== '') query.set('labelSelector', selector);
  return `${path}?${query}`;
}

/** Of two versions that are whole numbers; others cannot be compared and are taken as they come. */
function isOlder(version: string, than: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}

function uidOf(object: unknown): string {
  const uid = (object as { readonly metadata?: { readonly uid?: unknown } } | null)?.metadata?.uid;
  return typeof uid === 'string' ? uid : '';
}

type OwnEvent = ReflectorEvent extends infer Event
  ? Event extends { readonly resource: unknown }
    ? Omit<Event, 'resource'>
    : never
  : never;
