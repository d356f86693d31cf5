// SMG, the Rust peer (PyPI `smg`), where a Python on PATH can import it: with a key it checks, least load, its metrics.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { freePort, startChild } from './child.ts';
import { answersQuestion, type ProxyKind } from './proxy.ts';

const KEY = 'sk-bench-7f3a9c';

/** Null, with the reason said, where it is not installed. */
export function findSmg(say: (line: string) => void): ProxyKind | null {
  const found = ['python3', 'python'].map((python) => ({ python, version: smgVersion(python) }));
  const first = found.find(({ version }) => version !== null);
  if (!first) {
    say('smg is not installed for the Python on PATH (pip install smg): no peer beside us');
    return null;
  }
  say(`peer: smg ${first.version}`);
  return smgProxy(first.python);
}

function smgProxy(python: string): ProxyKind {
  return {
    name: 'smg',
    async start(tools, worker) {
      const [port, metricsPort] = [await freePort(), await freePort()];
      const headers = [`authorization: Bearer ${KEY}`];
      const child = await startChild({
        place: 'proxy',
        command: python,
        args: [
          ...['-m', 'smg', 'launch', '--host', '127.0.0.1', '--port', String(port)],
          ...['--worker-urls', worker.origin, '--policy', 'least_load', '--backend', 'vllm'],
          ...['--tenant-api-key', `bench:${KEY}`],
          ...['--prometheus-host', '127.0.0.1', '--prometheus-port', String(metricsPort)],
        ],
        logFile: join(tools.folder, `smg-${port}.log`),
        isUp: () => answersQuestion(port, headers),
      });
      return { ...child, port, headers };
    },
  };
}

function smgVersion(python: string): string | null {
  const code = 'import importlib.metadata, smg; print(importlib.metadata.version("smg"))';
  const { status, stdout } = spawnSync(python, ['-c', code], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}
