// A request, held until a worker has begun to answer it: from then on nothing can be sent again, and a prompt may be
// megabytes while its answer runs for minutes.
import { type CompletionRequest, Fault } from '#protocol';
import type { HeldBody } from '../http/read-body.ts';

export class HeldRequest {
  #request: CompletionRequest | null;
  #body: HeldBody | null;

  constructor(request: CompletionRequest, body: HeldBody) {
    this.#request = request;
    this.#body = body;
  }

  get request(): CompletionRequest {
    if (this.#request) return this.#request;
    throw new Fault('internal_error', {
      cause: new Error('the request was needed after it had been let go'),
    });
  }

  /** Idempotent. */
  letGo(): void {
    this.#body?.release();
    this.#request = null;
    this.#body = null;
  }
}
