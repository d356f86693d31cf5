// A real PostgreSQL for a test, on a free port of loopback, in a cluster of its own. It does not sync to disk unless
// asked: a killed process loses nothing that way, only a killed machine would.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { needProgram } from '../../scripts/find-program.mjs';
import { createDatabase, runStatement } from './create-database.ts';
import { freePort } from './free-port.ts';
import { guardOf, newServerFolder, SERVER_ENV, ServerProcess } from './server-process.ts';
import { unprivilegedOwner } from './unprivileged.ts';

const USER = 'ropeway';
const TRIES = 3;
/** After a kill the sessions end when they notice; until then the folder counts as in use and a start is refused. */
const LEFTOVER_MS = 10_000;
/** Several test files at once, each with a few pools. */
const CONNECTIONS = 200;

interface PostgresOptions {
  readonly port?: number;
  /** Waits for the disk at every commit, as in production. */
  readonly isDurable?: boolean;
  /** Settings after ours: `{ log_statement: 'all' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface TestPostgres {
  /** Of an empty database, `ropeway`. */
  readonly url: string;
  /** Of the database `postgres`, for creating and dropping others. */
  readonly adminUrl: string;
  readonly port: number;
  /** Changes with a restart. */
  readonly pid: number;
  /** Ends it, its sessions too, and removes its folder. */
  stop(): Promise<void>;
  /** It and its sessions, as with their machine: none answers once this resolves. What was committed stays. */
  kill9(): Promise<void>;
  /** It accepts connections and answers nothing, until `resume`; sessions that are open go on. */
  pause(): void;
  resume(): void;
  /** On the same port with the same data; ends the running one, and its sessions, first. */
  restart(): Promise<void>;
  createDatabase(name: string): Promise<string>;
}

/** Resolves once it answers a query; about 1.5 s, most of it initdb. */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  const folder = newServerFolder('postgres');
  try {
    await initialise(folder);
    for (let tries = 1; ; tries++) {
      const port = options.port ?? (await freePort());
      const server = postgresProcess(folder, port, options);
      try {
        await server.start();
        return await handleOf(server, port);
      } catch (error) {
        await server.kill9();
        const isTaken = server.log.includes('Address already in use');
        if (options.port !== undefined || tries === TRIES || !isTaken) throw error;
      }
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function initialise(folder: string): Promise<void> {
  const how = ['--auth=trust', `--username=${USER}`, '--encoding=UTF8', '--locale=C', '--no-sync'];
  const child = spawn(
    needProgram('initdb'),
    ['--pgdata', join(folder, 'data'), ...how, '--no-instructions'],
    {
      ...unprivilegedOwner(),
      // initdb asks where it is, and nobody may not look into root's folders.
      cwd: '/',
      env: SERVER_ENV,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const guard = child.pid === undefined ? null : guardOf(child.pid, folder);
  const [code] = await once(child, 'close');
  guard?.kill('SIGKILL');
  if (code !== 0) throw new Error(`initdb ended with ${code}:\n${said}`);
}

function postgresProcess(folder: string, port: number, options: PostgresOptions): ServerProcess {
  const onDisk = options.isDurable ? 'on' : 'off';
  const settings = {
    port: `${port}`,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: `${CONNECTIONS}`,
    fsync: onDisk,
    full_page_writes: onDisk,
    ...options.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const launch = {
    file: needProgram('postgres'),
    args: ['-D', join(folder, 'data'), ...args],
    // Fast shutdown: sessions are ended, not waited for.
    stopSignal: 'SIGINT',
    isReady: async () => {
      await runStatement(urlOf(port, 'postgres'), 'SELECT 1');
      return true;
    },
  } as const;
  return new ServerProcess(launch, folder);
}

async function handleOf(server: ServerProcess, port: number): Promise<TestPostgres> {
  const adminUrl = urlOf(port, 'postgres');
  const url = await createDatabase(adminUrl, 'ropeway');
  return {
    url,
    adminUrl,
    port,
    get pid() {
      return server.pid;
    },
    stop: async () => {
      await server.end();
      server.remove();
    },
    kill9: () => killWithSessions(server),
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    restart: async () => {
      await server.end();
      await startAfterLeftovers(server);
    },
    createDatabase: (name) => createDatabase(adminUrl, name),
  };
}

/** A session whose server was killed alone may still answer what it has read. */
async function killWithSessions(server: ServerProcess): Promise<void> {
  // Stopped, it starts no session that would be missed here.
  server.signal('SIGSTOP');
  const sessions = childrenOf(server.pid);
  await server.kill9();
  for (const pid of sessions) killIfThere(pid);
  const deadline = performance.now() + LEFTOVER_MS;
  while (sessions.some(isAlive)) {
    if (performance.now() > deadline) throw new Error(`sessions of PostgreSQL outlived SIGKILL: ${sessions}`);
    await sleep(5);
  }
}

function childrenOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.trim().split(' ').filter(Boolean).map(Number);
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Ended and not yet collected counts as gone: its sockets are closed. */
function isAlive(pid: number): boolean {
  try {
    // proc(5): the state follows the name, which stands in parentheses.
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function startAfterLeftovers(server: ServerProcess): Promise<void> {
  const deadline = performance.now() + LEFTOVER_MS;
  for (;;) {
    try {
      return await server.start();
    } catch (error) {
      if (performance.now() > deadline || !server.log.includes('still in use')) throw error;
      await sleep(100);
    }
  }
}

function urlOf(port: number, database: string): string {
  return `postgres://${USER}@127.0.0.1:${port}/${database}`;
}
