// bare.ts as a process.
import { join } from 'node:path';
import { freePort, startChild } from './child.ts';
import { answersQuestion, type ProxyKind } from './proxy.ts';

export const bareProxy: ProxyKind = {
  name: 'bare',
  async start(tools, worker) {
    const port = await freePort();
    const child = await startChild({
      place: 'proxy',
      command: process.execPath,
      args: [join(import.meta.dirname, 'bare.ts'), String(port), worker.origin],
      logFile: join(tools.folder, `bare-${port}.log`),
      isUp: () => answersQuestion(port, []),
    });
    return { ...child, port, headers: [] };
  },
};
