// `idempotency-key` on writes: the same request again is answered as before and not done again; another under the same key is
// refused. Refusals (4xx) did nothing and are not kept, nor are failures
// that surely did nothing. Any other failure (5xx) may have done something: its key stays taken, and says so.
import { createHash } from 'node:crypto';
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { catchError, concatMap, from, type Observable, of } from 'rxjs';
import { isUndone } from '#tenancy';
import { adminOf } from '../auth/admin-of-request.ts';
import { CONTROL_PORTS, type ControlPorts } from '../control-ports.ts';
import { Problem } from '../http/problem.ts';
import { toProblem } from '../http/to-problem.ts';
import { type Claim, IdempotencyStore } from './idempotency-store.ts';
import { withoutKeyTexts } from './without-key-texts.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;
/** When to look again whether the other request has ended. */
const RETRY_AFTER_MS = 1_000;

const READS = ['GET', 'HEAD'];

@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  readonly #store: IdempotencyStore;
  readonly #ports: ControlPorts;

  constructor(@Inject(CONTROL_PORTS) ports: ControlPorts) {
    this.#ports = ports;
    this.#store = new IdempotencyStore(ports.database);
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const key = READS.includes(request.method) ? null : keyOf(request);
    if (key === null) return next.handle();
    const { actor } = adminOf(request);
    const claim = await this.#store.claim(actor, key, digestOf(request));
    if (claim.kind !== 'mine') return of(replay(claim, reply));
    return next.handle().pipe(
      concatMap(async (body: unknown) => {
        await this.#keep(actor, key, reply.statusCode, body);
        return body;
      }),
      catchError((error: unknown) => from(this.#release(actor, key, error))),
    );
  }

  /** The write is done whatever happens here: a failure leaves the key taken, never the answer unsaid. */
  async #keep(actor: string, key: string, status: number, body: unknown): Promise<void> {
    try {
      await this.#store.finish(actor, key, status, JSON.stringify(withoutKeyTexts(body)));
    } catch (error) {
      this.#ports.logger.error({ err: error, actor }, 'an answer was not kept under its idempotency key');
    }
  }

  async #release(actor: string, key: string, error: unknown): Promise<never> {
    if (toProblem(error).status < 500 || isUndone(error)) {
      try {
        await this.#store.giveUp(actor, key);
      } catch (failure) {
        this.#ports.logger.error({ err: failure, actor }, 'an idempotency key was not given up');
      }
    }
    throw error;
  }
}

function keyOf({ headers }: FastifyRequest): string | null {
  const key = headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key === 'string' && KEY.test(key)) return key;
  throw new Problem(
    'bad_request',
    'idempotency-key has to be 1 to 255 printable ASCII characters without spaces.',
  );
}

/** Method, address, condition and body: a key is good for one request. */
function digestOf({ method, url, headers, body }: FastifyRequest): Buffer {
  const parts = [method, url, headers['if-match'] ?? null, body ?? null];
  return createHash('sha256').update(JSON.stringify(parts)).digest();
}

function replay(claim: Exclude<Claim, { kind: 'mine' }>, reply: FastifyReply): unknown {
  switch (claim.kind) {
    case 'done': {
      reply.status(claim.status).header('idempotency-replayed', 'true');
      const body: unknown = JSON.parse(claim.body);
      return body;
    }
    case 'other_request':
      throw new Problem('idempotency_mismatch', 'Use another key for another request.');
    case 'in_use':
      throw new Problem('idempotency_in_use', 'Ask again with the same key.', {
        retryAfterMs: RETRY_AFTER_MS,
      });
    case 'unknown':
      throw new Problem(
        'idempotency_unknown',
        'That request was cut off before its end was written down. See whether it was done, then use another key.',
      );
  }
}
