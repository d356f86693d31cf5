// What every gRPC tool asks for: health, and which services there are.
import { createRequire } from 'node:module';
import { Client, credentials, type MethodDefinition, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { afterEach, expect, it } from '@jest/globals';
import { service as health } from 'grpc-health-check';
import { eventually } from '../../../test/e2e/harness/eventually.ts';
import { aGateway, aScaler, closeAll } from './scaler-under-test.ts';

const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await closeAll();
});

function clientOf(port: number): Client {
  const client = new Client(`localhost:${port}`, credentials.createInsecure());
  clients.push(client);
  return client;
}

it.each(['', 'externalscaler.ExternalScaler'])(
  'serves (health of %j) once every gateway has answered',
  async (service) => {
    const { scaler, gateways } = await aScaler();
    const client = clientOf(scaler.grpcPort);
    expect(await statusOf(client, service)).toBe('NOT_SERVING');
    const gateway = await aGateway();
    gateways.are(gateway.known);
    await eventually('it serves', async () => (await statusOf(client, service)) === 'SERVING');
  },
);

it('says what there is to call, so that grpcurl needs no proto file', async () => {
  const { scaler } = await aScaler();
  const names = await servicesAt(clientOf(scaler.grpcPort));
  expect(names).toContain('externalscaler.ExternalScaler');
});

function statusOf(client: Client, service: string): Promise<unknown> {
  const { path, requestSerialize, responseDeserialize } = methodOf(health as ServiceDefinition, 'Check');
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service }, (error, reply) =>
      error === null ? resolve((reply as { readonly status: unknown }).status) : reject(error),
    );
  });
}

async function servicesAt(client: Client): Promise<readonly string[]> {
  const folder = createRequire(import.meta.url)
    .resolve('@grpc/reflection')
    .replace(/build\/.*$/, 'build/proto/');
  const loaded = loadSync(`${folder}grpc/reflection/v1/reflection.proto`);
  const service = loaded['grpc.reflection.v1.ServerReflection'] as ServiceDefinition;
  const { path, requestSerialize, responseDeserialize } = methodOf(service, 'ServerReflectionInfo');
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  const answer = new Promise<ListedServices>((resolve, reject) => {
    call.on('data', resolve).on('error', reject);
  });
  call.write({ listServices: '' });
  const { listServicesResponse } = await answer;
  call.end();
  return listServicesResponse.service.map(({ name }) => name);
}

interface ListedServices {
  readonly listServicesResponse: { readonly service: readonly { readonly name: string }[] };
}

function methodOf(service: ServiceDefinition, name: string): MethodDefinition<unknown, unknown> {
  const method = service[name];
  if (method === undefined) throw new Error(`${name} is not in the proto`);
  return method as MethodDefinition<unknown, unknown>;
}
