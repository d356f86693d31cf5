// What a server was asked, for tests that look behind the gateway. Bounded: the newest are kept.
import type { IncomingHttpHeaders } from 'node:http';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** As it came; empty until it was read, and for requests without one. */
  body: string;
  /** `client-closed`: the client went before the answer was complete. */
  outcome: 'open' | 'answered' | 'client-closed';
  status: number;
}

/** Enough for a test of a thousand streams; bodies of 400 KB would be 400 MB beyond it. */
const keptRequests = 1_000;

export class SeenRequests {
  readonly #requests: SeenRequest[] = [];

  add(request: SeenRequest): void {
    this.#requests.push(request);
    if (this.#requests.length > keptRequests) this.#requests.shift();
  }

  /** Requests to one path, or all, oldest first. */
  to(path?: string): readonly SeenRequest[] {
    return path === undefined
      ? [...this.#requests]
      : this.#requests.filter((request) => request.path === path);
  }

  clear(): void {
    this.#requests.length = 0;
  }
}
