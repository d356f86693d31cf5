// Reads a request body into memory, bounded in bytes and time. Nothing is read before the caller is known.
import type { IncomingMessage } from 'node:http';
import { Fault } from '#protocol';
import { Pulse, type Watched } from '#relay';
import type { BodyBytes } from './body-bytes.ts';

const NOTHING = Buffer.alloc(0);

export interface BodyBounds {
  readonly maxBodyBytes: number;
  readonly bodyTimeoutMs: number;
}

/** The bytes of a body and the duty to give them back to the bound; empty afterwards. */
export interface HeldBody {
  readonly bytes: Buffer;
  release(): void;
}

/** One coarse timer for all bodies: nearly every body comes with its headers, so a timer each would never ring. */
const deadlines = new Pulse();

/**
 * Resolves with the whole body. Rejects with a Fault: 413 (at once when the declared length is too large, without
 * reading on), 415, 408, 503 when the process holds too many bytes, or 499 when the client leaves.
 */
export function readBody(req: IncomingMessage, bounds: BodyBounds, held: BodyBytes): Promise<HeldBody> {
  // The client left while the key or the limits were asked for elsewhere: it will not be told again.
  if (req.destroyed) return Promise.reject(new Fault('client_closed'));
  const refused = refuseByHeaders(req, bounds);
  if (refused) return Promise.reject(refused);
  return new Promise((resolve, reject) => new BodyReader(req, bounds, held).read(resolve, reject));
}

class BodyReader implements HeldBody, Watched {
  slot = -1;
  bytes: Buffer = NOTHING;
  readonly #req: IncomingMessage;
  readonly #bounds: BodyBounds;
  readonly #held: BodyBytes;
  readonly #startedMs = performance.now();
  /** As declared; NaN for a chunked body. */
  readonly #declaredBytes: number;
  readonly #pieces: Buffer[] = [];
  #size = 0;
  #resolve: (body: HeldBody) => void = () => {};
  #reject: (fault: Fault) => void = () => {};

  constructor(req: IncomingMessage, bounds: BodyBounds, held: BodyBytes) {
    this.#req = req;
    this.#bounds = bounds;
    this.#held = held;
    this.#declaredBytes = Number(req.headers['content-length'] ?? Number.NaN);
  }

  read(resolve: (body: HeldBody) => void, reject: (fault: Fault) => void): void {
    this.#resolve = resolve;
    this.#reject = reject;
    deadlines.watch(this);
    this.#req
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('error', this.#onClose)
      .on('close', this.#onClose);
  }

  onPulse(nowMs: number): void {
    if (nowMs - this.#startedMs >= this.#bounds.bodyTimeoutMs) this.#stop(new Fault('body_timeout'));
  }

  /** Gives the bytes back to the bound; idempotent. */
  release(): void {
    this.#held.give(this.#size);
    this.#size = 0;
    this.#pieces.length = 0;
    this.bytes = NOTHING;
  }

  readonly #onData = (piece: Buffer): void => {
    if (this.#size + piece.length > this.#bounds.maxBodyBytes) {
      this.#stop(tooLarge(this.#bounds));
    } else if (!this.#held.take(piece.length)) {
      this.#stop(new Fault('gateway_busy', { retryAfterMs: 1000 }));
    } else {
      this.#size += piece.length;
      this.#pieces.push(piece);
      // The declared length is there: `end` would say the same a few ticks later.
      if (this.#size === this.#declaredBytes) this.#onEnd();
    }
  };

  readonly #onEnd = (): void => {
    this.#detach();
    const [first] = this.#pieces;
    this.bytes = this.#pieces.length === 1 && first ? first : Buffer.concat(this.#pieces, this.#size);
    this.#resolve(this);
  };

  readonly #onClose = (): void => this.#stop(new Fault('client_closed'));

  #stop(fault: Fault): void {
    this.#detach();
    this.release();
    // What is still coming is not read: the answer closes the connection.
    this.#req.pause();
    this.#reject(fault);
  }

  #detach(): void {
    deadlines.forget(this);
    this.#req
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('error', this.#onClose)
      .off('close', this.#onClose);
  }
}

function refuseByHeaders(req: IncomingMessage, bounds: BodyBounds): Fault | null {
  const encoding = req.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') return new Fault('unsupported_media_type');
  const type = req.headers['content-type'];
  if (type !== undefined && !/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type))
    return new Fault('unsupported_media_type');
  const declared = Number(req.headers['content-length'] ?? 0);
  return declared > bounds.maxBodyBytes ? tooLarge(bounds) : null;
}

function tooLarge(bounds: BodyBounds): Fault {
  return new Fault('body_too_large', {
    message: `The request body is larger than ${bounds.maxBodyBytes} bytes.`,
  });
}
