// `npm run up` as a process on ports of its own, with a folder of its own: gateway, admin API and simulated workers.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GATEWAY_FLAGS } from '../../scripts/gateway-flags.mjs';
import { build } from '../e2e/harness/gateway-process.ts';
import { freePort } from './free-port.ts';
import { newServerFolder, ServerProcess } from './server-process.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'dist', 'apps', 'standalone', 'src', 'main.js');
const LOOK_MS = 2_000;
const LOG_CHARACTERS = 262_144;

export interface Standalone {
  /** Origin of the API. */
  readonly url: string;
  readonly opsUrl: string;
  readonly adminUrl: string;
  readonly adminKey: string;
  /** What it printed so far. */
  readonly log: string;
  /** Ends it as Ctrl-C does, and removes its folder. */
  stop(): Promise<void>;
}

/** Resolves once its workers are ready; its three demo requests run then, for some 20 s. */
export async function startStandalone(): Promise<Standalone> {
  build();
  const [port, opsPort, adminPort] = [await freePort(), await freePort(), await freePort()];
  const folder = newServerFolder('standalone');
  const opsUrl = `http://127.0.0.1:${opsPort}`;
  const server = new ServerProcess(
    {
      file: process.execPath,
      args: [...GATEWAY_FLAGS, MAIN, '--state', folder],
      env: {
        ROPEWAY_SERVER_PORT: `${port}`,
        ROPEWAY_SERVER_LEAVE_MS: '0',
        ROPEWAY_OPS_PORT: `${opsPort}`,
        ROPEWAY_CONTROL_PORT: `${adminPort}`,
      },
      // Root's working tree may be closed to nobody.
      runsAs: 'self',
      logCharacters: LOG_CHARACTERS,
      stopSignal: 'SIGINT',
      isReady: async () => (await fetch(`${opsUrl}/readyz`, { signal: AbortSignal.timeout(LOOK_MS) })).ok,
    },
    folder,
  );
  const stop = async (): Promise<void> => {
    await server.end();
    server.remove();
  };
  try {
    await server.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url: `http://127.0.0.1:${port}`,
    opsUrl,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    adminKey: readFileSync(join(folder, 'admin-key'), 'utf8').trim(),
    get log() {
      return server.log;
    },
    stop,
  };
}
