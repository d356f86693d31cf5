// The streams KEDA holds open to be told at once that a sleeping pool is needed.
import { type Activity, ActivityEdges } from './activity-edges.ts';

interface ActivityStream {
  say(isActive: boolean): void;
  /** With status OK: on a clean end KEDA's back-off begins anew, on an error it may wait a minute. */
  end(): void;
}

interface StreamPorts {
  readonly activity: (pool: string) => Activity;
  /** Monotonic. */
  readonly nowMs: () => number;
}

interface OpenStream {
  readonly pool: string;
  readonly stream: ActivityStream;
  readonly edges: ActivityEdges;
}

export class ActivityStreams {
  readonly #ports: StreamPorts;
  readonly #open = new Set<OpenStream>();

  constructor(ports: StreamPorts) {
    this.#ports = ports;
  }

  /** Call what it returns when the client has ended the stream; true: it was open. */
  open(pool: string, stream: ActivityStream): () => boolean {
    const opened = { pool, stream, edges: new ActivityEdges() };
    this.#open.add(opened);
    this.#look(opened);
    return () => this.#open.delete(opened);
  }

  /** Call whenever something may have changed, and at least every few seconds. */
  look(): void {
    for (const opened of this.#open) this.#look(opened);
  }

  countOf(pool: string): number {
    return [...this.#open].filter((opened) => opened.pool === pool).length;
  }

  end(): void {
    for (const { stream } of this.#open) stream.end();
    this.#open.clear();
  }

  #look({ pool, stream, edges }: OpenStream): void {
    const said = edges.next(this.#ports.activity(pool), this.#ports.nowMs());
    if (said !== null) stream.say(said);
  }
}
