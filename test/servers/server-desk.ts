// Where test files ask for the one Redis and the one PostgreSQL of a run. Test files run in processes of their own and
// most need no server, so each is started when the first file asks, in the process that jest was started in.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { embeddedTemplate } from './embedded-template.ts';
import { startPostgres } from './start-postgres.ts';
import { startRedis } from './start-redis.ts';

/** `embedded` is no server but the PGlite folder to copy. */
export type SharedServer = 'redis' | 'postgres' | 'embedded';

export interface ServerDesk {
  readonly url: string;
  /** Ends whatever was started. */
  close(): Promise<void>;
}

interface Started {
  readonly url: string;
  stop(): Promise<void>;
}

const STARTERS: Readonly<Record<SharedServer, () => Promise<Started>>> = {
  redis: () => startRedis(),
  postgres: async () => {
    const server = await startPostgres();
    return { url: server.adminUrl, stop: server.stop };
  },
  embedded: async () => ({ url: await embeddedTemplate(), stop: async () => {} }),
};

/** Answers `GET /redis` and the like with a URL (a path for `embedded`), or with 500 and the reason why it does not start. */
export async function openServerDesk(): Promise<ServerDesk> {
  const started = new Map<string, Promise<Started>>();
  const desk = createServer(async (req, res) => {
    const name = (req.url ?? '').slice(1);
    try {
      if (!isShared(name)) throw new Error(`no server is named ${name}`);
      const server = started.get(name) ?? STARTERS[name]();
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

function isShared(name: string): name is SharedServer {
  return name in STARTERS;
}
