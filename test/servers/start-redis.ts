// A real Redis for a test, on a free port of loopback, without persistence: what it held is gone when it restarts, as
// with most caches in production.

import { needProgram } from '../../scripts/find-program.mjs';
import { askRedis } from './ask-redis.ts';
import { freePort } from './free-port.ts';
import { newServerFolder, ServerProcess } from './server-process.ts';

const TRIES = 3;

interface RedisOptions {
  readonly port?: number;
  /** Options of redis-server, after ours: `['--maxmemory', '1mb']`. */
  readonly args?: readonly string[];
}

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** Changes with a restart. */
  readonly pid: number;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
  /** Connections break at once; until `restart` the port refuses. */
  kill9(): Promise<void>;
  /** It holds connections and answers nothing, until `resume`. */
  pause(): void;
  resume(): void;
  /** On the same port, empty; ends the running one first. */
  restart(): Promise<void>;
}

/** Resolves once it answers PING. */
export async function startRedis({ port, args = [] }: RedisOptions = {}): Promise<TestRedis> {
  for (let tries = 1; ; tries++) {
    const chosen = port ?? (await freePort());
    const server = redisProcess(chosen, args);
    try {
      await server.start();
      return handleOf(server, chosen);
    } catch (error) {
      server.remove();
      // Another process may have been quicker with a port of our own choice.
      if (port !== undefined || tries === TRIES || !server.log.includes('already in use')) throw error;
    }
  }
}

function redisProcess(port: number, args: readonly string[]): ServerProcess {
  const folder = newServerFolder('redis');
  const own = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder];
  const plain = ['--save', '', '--appendonly', 'no', '--daemonize', 'no', '--logfile', ''];
  const launch = {
    file: needProgram('redis-server'),
    args: [...own, ...plain, ...args],
    stopSignal: 'SIGTERM',
    isReady: async () => (await askRedis(port, 'PING')) === 'PONG',
  } as const;
  return new ServerProcess(launch, folder);
}

function handleOf(server: ServerProcess, port: number): TestRedis {
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return server.pid;
    },
    stop: async () => {
      await server.end();
      server.remove();
    },
    kill9: () => server.kill9(),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    restart: async () => {
      await server.end();
      await server.start();
    },
  };
}
