// Reads a request body into memory, bounded in bytes and time. Nothing is read before the caller is known.
import type { IncomingMessage } from 'node:http';
import { Fault } from '#protocol';
import type { BodyBytes } from './body-bytes.ts';

export interface BodyBounds {
  readonly maxBodyBytes: number;
  readonly bodyTimeoutMs: number;
}

/** The bytes of a body and the duty to give them back to the bound once the request has ended. */
export interface HeldBody {
  readonly bytes: Buffer;
  release(): void;
}

/**
 * Resolves with the whole body. Rejects with a Fault: 413 (at once when the declared length is too large, without
 * reading on), 415, 408, 503 when the process holds too many bytes, or 499 when the client leaves.
 */
export function readBody(req: IncomingMessage, bounds: BodyBounds, held: BodyBytes): Promise<HeldBody> {
  const refused = refuseByHeaders(req, bounds);
  if (refused) return Promise.reject(refused);
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => stop(new Fault('body_timeout')), bounds.bodyTimeoutMs);

    const onData = (piece: Buffer): void => {
      if (size + piece.length > bounds.maxBodyBytes) {
        stop(tooLarge(bounds));
      } else if (!held.take(piece.length)) {
        stop(new Fault('gateway_busy', { retryAfterMs: 1000 }));
      } else {
        size += piece.length;
        pieces.push(piece);
      }
    };
    const onEnd = (): void => {
      detach();
      const [first] = pieces;
      const bytes = pieces.length === 1 && first ? first : Buffer.concat(pieces, size);
      resolve({ bytes, release: once(() => held.give(size)) });
    };
    const onClose = (): void => stop(new Fault('client_closed'));
    const stop = (fault: Fault): void => {
      detach();
      held.give(size);
      // What is still coming is not read: the answer closes the connection.
      req.pause();
      reject(fault);
    };
    const detach = (): void => {
      clearTimeout(timer);
      req.off('data', onData).off('end', onEnd).off('error', onClose).off('close', onClose);
    };
    req.on('data', onData).on('end', onEnd).on('error', onClose).on('close', onClose);
  });
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

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}
