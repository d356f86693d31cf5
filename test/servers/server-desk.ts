// Where test files ask for the one Redis and the one PostgreSQL of a run. Test files run in processes of their own and
// most need no server, so each is started when the first file asks, in the process that jest was started in.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startPostgres } from './start-postgres.ts';
import { startRedis } from './start-redis.ts';

export type SharedServer = 'redis' | 'postgres';

export interface ServerDesk {
  readonly url: string;
  /** Ends whatever was started. */
  close(): Promise<void>;
}

interface Started {
  readonly url: string;
  stop(): Promise<void>;
}

const STARTERS: Readonly<Record<string, () => Promise<Started>>> = {
  redis: () => startRedis(),
  postgres: async () => {
    const server = await startPostgres();
    return { url: server.adminUrl, stop: server.stop };
  },
};

/** Answers `GET /redis` and `GET /postgres` with a URL, or with 500 and the reason why it does not start. */
export async function openServerDesk(): Promise<ServerDesk> {
  const started = new Map<string, Promise<Started>>();
  const desk = createServer(async (req, res) => {
    const name = (req.url ?? '').slice(1);
    try {
      const server = started.get(name) ?? STARTERS[name]?.();
      if (server === undefined) throw new Error(`no server is named ${name}`);
      started.set(name, server);
      res.end((await server).url);
    } catch (error) {
      res.writeHead(500).end(error instanceof Error ? error.message : String(error));
    }
  });
  await new Promise<void>((resolve) => desk.listen(0, '127.0.0.1', resolve));
  const { port } = desk.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      desk.close();
      desk.closeAllConnections();
      const outcomes = await Promise.allSettled(started.values());
      await Promise.all(outcomes.map((each) => (each.status === 'fulfilled' ? each.value.stop() : null)));
    },
  };
}
