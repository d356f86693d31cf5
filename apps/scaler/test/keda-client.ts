// KEDA's side of the contract: grpc-js over the same proto, asked as KEDA asks.
import {
  type ChannelCredentials,
  Client,
  type ClientReadableStream,
  credentials,
  type MethodDefinition,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { externalScalerDefinition } from '../src/grpc/external-scaler-service.ts';
import type {
  GetMetricSpecResponse,
  GetMetricsResponse,
  IsActiveResponse,
  MetricSpec,
} from '../src/grpc/messages.ts';

export type Metadata = Readonly<Record<string, string>>;

export class KedaClient {
  readonly #client: Client;

  constructor(port: number, channel: ChannelCredentials = credentials.createInsecure()) {
    this.#client = new Client(`localhost:${port}`, channel, {
      // KEDA's deadline is 3 s; a loaded machine gets more.
      'grpc.initial_reconnect_backoff_ms': 50,
    });
  }

  async isActive(scalerMetadata: Metadata): Promise<boolean> {
    return (await this.call<IsActiveResponse>('IsActive', refOf(scalerMetadata))).result;
  }

  async metricSpecs(scalerMetadata: Metadata): Promise<readonly MetricSpec[]> {
    return (await this.call<GetMetricSpecResponse>('GetMetricSpec', refOf(scalerMetadata))).metricSpecs;
  }

  async metric(scalerMetadata: Metadata, metricName: string): Promise<number> {
    const request = { scaledObjectRef: refOf(scalerMetadata), metricName };
    const { metricValues } = await this.call<GetMetricsResponse>('GetMetrics', request);
    return metricValues[0]?.metricValueFloat ?? Number.NaN;
  }

  /** The name of the status and the sentence of a call that must fail. */
  async refusal(call: Promise<unknown>): Promise<readonly [status: string | undefined, sentence: string]> {
    try {
      await call;
    } catch (error) {
      const { code, details } = error as ServiceError;
      return [status[code], details];
    }
    throw new Error('it was answered');
  }

  /** Every message as it comes; the name of the status it ended with. */
  stream(
    scalerMetadata: Metadata,
    method: 'StreamIsActive' | 'StreamMetricSpec' = 'StreamIsActive',
  ): HeldStream {
    const { path, requestSerialize, responseDeserialize } = definitionOf(method);
    return new HeldStream(
      this.#client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        refOf(scalerMetadata),
      ),
    );
  }

  call<Reply>(method: 'IsActive' | 'GetMetricSpec' | 'GetMetrics', request: object): Promise<Reply> {
    const { path, requestSerialize, responseDeserialize } = definitionOf(method);
    const options = { deadline: Date.now() + 10_000 };
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        options,
        (error, reply) => (error === null && reply !== undefined ? resolve(reply as Reply) : reject(error)),
      );
    });
  }

  close(): void {
    this.#client.close();
  }
}

export class HeldStream {
  readonly said: boolean[] = [];
  readonly ended: Promise<string | undefined>;
  readonly #call: ClientReadableStream<unknown>;

  constructor(call: ClientReadableStream<unknown>) {
    this.#call = call;
    call.on('data', ({ result }: IsActiveResponse) => void this.said.push(result));
    // The status says the same.
    call.on('error', () => {});
    this.ended = new Promise((resolve) => void call.on('status', ({ code }) => resolve(status[code])));
  }

  cancel(): void {
    this.#call.cancel();
  }
}

function refOf(scalerMetadata: Metadata) {
  return {
    name: 'qwq-yarn-4',
    namespace: 'ropeway',
    scalerMetadata: { scalerAddress: 'x:9091', ...scalerMetadata },
  };
}

function definitionOf(method: string): MethodDefinition<unknown, unknown> {
  const definition = externalScalerDefinition[method];
  if (definition === undefined) throw new Error(`${method} is not in the proto`);
  return definition as MethodDefinition<unknown, unknown>;
}
