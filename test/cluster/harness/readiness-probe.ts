// A container's readiness probe, asked at the pod's address.
import { connect } from 'node:net';
import type { V1Container } from '@kubernetes/client-node';

const ANSWER_MS = 2_000;

/** True where there is no probe. Of a command or a gRPC question it only looks whether the port takes connections. */
export async function passesProbe({ readinessProbe, ports }: V1Container, address: string): Promise<boolean> {
  if (!readinessProbe) return true;
  const { httpGet, tcpSocket, grpc } = readinessProbe;
  const numberOf = (port: unknown) =>
    typeof port === 'number' ? port : (ports?.find(({ name }) => name === port)?.containerPort ?? 0);
  if (httpGet) return answersWell(`http://${address}:${numberOf(httpGet.port)}${httpGet.path ?? '/'}`);
  if (tcpSocket) return takesConnections(address, numberOf(tcpSocket.port));
  return takesConnections(address, grpc?.port ?? ports?.[0]?.containerPort ?? 0);
}

async function answersWell(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

function takesConnections(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: ANSWER_MS });
    const end = (isTaken: boolean) => {
      socket.destroy();
      resolve(isTaken);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
