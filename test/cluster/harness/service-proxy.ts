// For programs that are not ours and ask DNS for a Service (KEDA's gRPC client): an HTTP proxy that takes CONNECT and
// knows the names.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { ServiceNames } from './service-names.ts';

interface ServiceProxy {
  readonly url: string;
  close(): Promise<void>;
}

export async function startServiceProxy(names: ServiceNames): Promise<ServiceProxy> {
  const sockets = new Set<Socket>();
  const hold = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer();
  server.on('connect', (req, client: Socket) => {
    hold(client);
    const [host = '', port = ''] = (req.url ?? '').split(':');
    const upstream = connect(Number(port), names.resolve(host));
    hold(upstream);
    upstream.once('connect', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.once('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'));
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
