// KEDA's contract on grpc-js: the four calls, each an adapter of a few lines. StreamMetricSpec is left out: targets don't
// change while KEDA looks, and it takes UNIMPLEMENTED for that.
import { join } from 'node:path';
import {
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import type { ScalerMethod } from '#telemetry';
import type { ActivityStreams } from './activity-streams.ts';
import type { AnswerNotes } from './answer-notes.ts';
import type {
  GetMetricSpecResponse,
  GetMetricsRequest,
  GetMetricsResponse,
  IsActiveResponse,
  ScaledObjectRef,
} from './messages.ts';
import type { Answer, ScalerAnswers } from './scaler-answers.ts';

/** Its name on the wire, and at the health service. */
export const SERVICE_NAME = 'externalscaler.ExternalScaler';

/** int64 as a number: tokens are far below 2^53. */
export const externalScalerPackage: PackageDefinition = loadSync(
  join(import.meta.dirname, '../../assets/externalscaler.proto'),
  { longs: Number, defaults: true },
);
/** What proto-loader types as "some service or type" is a service: the file says so. */
export const externalScalerDefinition = externalScalerPackage[SERVICE_NAME] as ServiceDefinition;

interface ServicePorts {
  readonly answers: ScalerAnswers;
  readonly streams: ActivityStreams;
  readonly isDraining: () => boolean;
  readonly notes: AnswerNotes;
}

export function externalScalerService(ports: ServicePorts): UntypedServiceImplementation {
  const { answers } = ports;
  return {
    IsActive: unary<ScaledObjectRef, IsActiveResponse>(ports, 'IsActive', itself, (ref) =>
      mapped(answers.isActive(ref), (result) => ({ result })),
    ),
    GetMetricSpec: unary<ScaledObjectRef, GetMetricSpecResponse>(ports, 'GetMetricSpec', itself, (ref) =>
      mapped(answers.metricSpecs(ref), (metricSpecs) => ({ metricSpecs })),
    ),
    GetMetrics: unary<GetMetricsRequest, GetMetricsResponse>(ports, 'GetMetrics', refOf, (request) =>
      mapped(answers.metrics(request), (metricValues) => ({ metricValues })),
    ),
    StreamIsActive: (call: ServerWritableStream<ScaledObjectRef, IsActiveResponse>) =>
      streamActivity(ports, call),
  };
}

function unary<Request, Reply>(
  { notes }: ServicePorts,
  method: ScalerMethod,
  refIn: (request: Request) => ScaledObjectRef | null,
  answer: (request: Request) => Answer<Reply>,
) {
  return ({ request }: ServerUnaryCall<Request, Reply>, reply: sendUnaryData<Reply>): void => {
    const found = answer(request);
    if (found.isGiven) {
      notes.given(method);
      reply(null, found.value);
    } else {
      notes.refused(method, found, refIn(request));
      reply({ code: status[found.status], details: found.sentence });
    }
  };
}

function streamActivity(
  { answers, streams, isDraining, notes }: ServicePorts,
  call: ServerWritableStream<ScaledObjectRef, IsActiveResponse>,
): void {
  const pool = isDraining() ? DRAINING : answers.pool(call.request);
  if (!pool.isGiven) {
    notes.refused('StreamIsActive', pool, call.request);
    const refusal = new Error(pool.sentence);
    call.emit('error', Object.assign(refusal, { code: status[pool.status], details: pool.sentence }));
    return;
  }
  const close = streams.open(pool.value, {
    say: (result) => void call.write({ result }),
    end: () => {
      notes.given('StreamIsActive');
      call.end();
    },
  });
  call.on('cancelled', () => {
    if (close()) notes.given('StreamIsActive');
  });
  // A connection that broke: KEDA opens another.
  call.on('error', close);
}

const DRAINING: Answer<string> = {
  isGiven: false,
  status: 'UNAVAILABLE',
  sentence: 'this replica is going away: ask another',
};

const itself = (ref: ScaledObjectRef) => ref;
const refOf = ({ scaledObjectRef }: GetMetricsRequest) => scaledObjectRef;

function mapped<From, To>(answer: Answer<From>, change: (value: From) => To): Answer<To> {
  return answer.isGiven ? { isGiven: true, value: change(answer.value) } : answer;
}
