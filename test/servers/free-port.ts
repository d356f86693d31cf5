// A port that stays free while the server behind it is away. The kernel gives outgoing connections ports from its
// ephemeral range (32768 and up on Linux, 49152 and up elsewhere), so a port from there may be taken by a stranger
// while a killed server is to come back on it, and a client that knocks on it may even be connected to itself.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

const LOWEST = 10_240;
/** Below the ephemeral range of Linux (net.ipv4.ip_local_port_range). */
const HIGHEST = 32_767;
const TRIES = 50;

/** Nobody listens there now; another process may still be quicker, so a start that finds it taken asks again. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port among ${TRIES} between ${LOWEST} and ${HIGHEST}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
