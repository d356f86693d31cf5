// The gRPC port: KEDA's contract, health and reflection.
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js';
import { ReflectionService } from '@grpc/reflection';
import { HealthImplementation } from 'grpc-health-check';
import { externalScalerDefinition, externalScalerPackage, SERVICE_NAME } from './external-scaler-service.ts';

type Service = Parameters<Server['addService']>[1];

/** KEDA's connections idle for minutes; what is between drops idle ones, and a dead one must be noticed. */
const OPTIONS = {
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // A trigger's metadata is a few hundred bytes.
  'grpc.max_receive_message_length': 64 * 1024,
};
/** What KEDA asks is answered at once; streams have been ended before. Watches of the health service end only by force. */
const CLOSE_LIMIT_MS = 2_000;

export class GrpcServer {
  readonly #server = new Server(OPTIONS);
  readonly #health = new HealthImplementation({ '': 'NOT_SERVING', [SERVICE_NAME]: 'NOT_SERVING' });

  constructor(service: Service) {
    // It would write its own lines on standard error, between our JSON; what matters of them is thrown as well.
    setLogVerbosity(logVerbosity.NONE);
    this.#server.addService(externalScalerDefinition, service);
    this.#health.addToServer(this.#server);
    new ReflectionService(externalScalerPackage).addToServer(this.#server);
  }

  setServing(isServing: boolean): void {
    for (const name of ['', SERVICE_NAME])
      this.#health.setStatus(name, isServing ? 'SERVING' : 'NOT_SERVING');
  }

  /** Resolves with the port. Rejects as net's listen does. */
  async listen(host: string, port: number, credentials: ServerCredentials | null): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    const bound = (error: Error | null, boundPort: number) =>
      error === null ? resolve(boundPort) : reject(listenError(error, host, port));
    this.#server.bindAsync(address, credentials ?? ServerCredentials.createInsecure(), bound);
    return promise;
  }

  /** Takes no new call, lets running ones end, and closes. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, CLOSE_LIMIT_MS);
    this.#server.tryShutdown(() => resolve());
    await promise;
    clearTimeout(timer);
    this.#server.forceShutdown();
  }
}

/** grpc-js tells only in its text what went wrong. */
function listenError(error: Error, address: string, port: number): Error {
  const code = /\b(EADDRINUSE|EACCES|EADDRNOTAVAIL)\b/.exec(error.message)?.[1];
  return code === undefined
    ? error
    : Object.assign(new Error(error.message, { cause: error }), { code, address, port });
}
