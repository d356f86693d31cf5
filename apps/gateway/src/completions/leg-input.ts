// What the relay is told of a leg. A value on its own, so that nothing but the relay holds the body while the answer runs.
import type { LegInput } from '#relay';
import type { SentDemand } from '../parking/sent-demand.ts';
import type { Exchange } from './exchange.ts';
import { outputTold } from './key-scopes.ts';
import { outgoingBody } from './outgoing-body.ts';
import type { Prepared } from './prepare.ts';
import type { Taken } from './take-lease.ts';
import { traceHeaders } from './trace-headers.ts';

export function legInput(
  { lease, route }: Taken,
  sent: SentDemand,
  exchange: Exchange,
  prepared: Prepared,
): LegInput {
  const { req, record, caller, spending, ledger } = exchange;
  const { held, model, salt } = prepared;
  const { request } = held;
  return {
    endpoint: lease.endpoint,
    request: {
      path: request.kind === 'chat' ? '/v1/chat/completions' : '/v1/completions',
      body: outgoingBody(request, model.servedName, outputTold(prepared, route), salt),
      requestId: record.correlationId ?? record.requestId,
      headers:
        record.trace?.startAttempt({ worker: lease.worker.id, pool: route.pool.name }) ??
        traceHeaders(req.headers),
    },
    shape: {
      kind: request.kind,
      stream: request.stream,
      wantsUsage: request.wantsUsage,
      wantsContinuousUsage: request.wantsContinuousUsage,
      modelAlias: request.model === model.servedName ? null : request.model || model.id,
      mayRunOut: caller?.isPrepaid ?? false,
    },
    events: {
      firstToken: () => {
        record.firstTokenMs ??= performance.now();
        lease.firstToken();
        sent.firstToken();
        held.letGo();
      },
      progress: (tokens) => {
        // The worker's usage, where it comes, replaces this.
        const outputTokens = (record.completionTokens ?? 0) + tokens;
        record.completionTokens = outputTokens;
        lease.progress(tokens);
        spending?.meter(outputTokens);
        ledger?.entry.meter(outputTokens);
      },
    },
    signal: lease.lost,
  };
}
