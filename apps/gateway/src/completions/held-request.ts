// A counted request, held until a worker has begun to answer it: from then on nothing can be sent again, and a prompt may be
// megabytes while its answer runs for minutes. Only its bytes are held: parsed, a prompt takes as much again, and a thousand
// requests may wait for a pool that sleeps.
import { type CompletionRequest, type CountedRequest, Fault } from '#protocol';
import type { HeldBody } from '../http/read-body.ts';

export class HeldRequest {
  #request: CountedRequest | null;
  #body: HeldBody | null;

  constructor(request: CompletionRequest, body: HeldBody) {
    const { kind, model, stream, wantsUsage, wantsContinuousUsage, statedOutput } = request;
    request.body.letGoValue();
    this.#request = {
      kind,
      model,
      body: request.body,
      stream,
      wantsUsage,
      wantsContinuousUsage,
      statedOutput,
    };
    this.#body = body;
  }

  get request(): CountedRequest {
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
