// Steps 2 to 4: what do they ask, of which model, and how long is it? Nothing is reserved yet and no worker has heard of it.
import { parseCompletion } from '#protocol';
import type { RouteScope } from '#routing';
import type { Admitted } from '../http/admit-caller.ts';
import type { HeldBody } from '../http/read-body.ts';
import type { ServedModel } from '../models/served-model.ts';
import { cacheSalt } from './cache-salt.ts';
import type { Exchange } from './exchange.ts';
import { HeldRequest } from './held-request.ts';
import { refuseOutOfScope, routeScope } from './key-scopes.ts';
import { type Measured, measure } from './measure.ts';
import { pinnedPool } from './pinned-pool.ts';
import type { ServePorts } from './serve-ports.ts';
import { Spending } from './spending.ts';

/** What these steps have found out. */
export interface Prepared {
  readonly held: HeldRequest;
  readonly model: ServedModel;
  readonly salt: string | null;
  readonly measured: Measured;
  readonly pinnedPool: string | null;
  readonly scope: RouteScope | null;
  /** The most the key may ask for; sent to the worker where the request states none. */
  readonly maxOutput: number | null;
}

export async function prepare(
  exchange: Exchange,
  { caller, taken, takenAtMs, later }: Admitted,
  body: HeldBody,
  ports: ServePorts,
): Promise<Prepared> {
  const { kind, req, answer, record } = exchange;
  const { models, fleet } = ports;
  record.bodyBytes = body.bytes.length;
  const readMs = performance.now();
  record.bodyReadMs = readMs - record.startedMs;
  record.steps.enter('parse', readMs);
  const request = parseCompletion(kind, body.bytes, models.parseRules(caller)); //   2 what do they ask?
  const model = models.require(request.model, caller); //                            3 what does this model want?
  record.model = model.id;
  const salt = cacheSalt(request, model, caller.tenant);
  const started = performance.now();
  record.steps.enter('count', started);
  const counted = measure(request, model, { fleet, signal: answer.left, salt }); //  4 how long is it?
  const measured = counted instanceof Promise ? await counted : counted;
  record.countMs = performance.now() - started;
  record.promptTokens = measured.promptTokens;
  record.stream = request.stream;
  refuseOutOfScope(request, measured, caller);
  exchange.throwIfCut();
  exchange.chargedTokens = measured.chargedTokens;
  exchange.spending = new Spending(ports, {
    requestId: record.requestId,
    caller,
    model: model.id,
    measured,
    taken,
    takenAtMs,
    later,
    startedMs: record.startedMs,
    headers: answer.headers,
    onExhausted: (fault) => exchange.cut(fault),
  });
  return {
    held: new HeldRequest(request, body),
    model,
    salt,
    measured,
    pinnedPool: pinnedPool(req.headers['x-ropeway-pool']),
    scope: routeScope(caller),
    maxOutput: caller.scopes.maxOutputTokens,
  };
}
