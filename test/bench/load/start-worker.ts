// The stand-in worker (worker.c) as a process.
import { join } from 'node:path';
import { type Child, freePort, startChild } from './child.ts';
import type { LoadTools } from './load-tools.ts';

interface WorkerTerms {
  readonly windowTokens?: number;
  /** Frames of a stream, and the time to the first and between two. */
  readonly chunks?: number;
  readonly intervalUs?: number;
  readonly firstUs?: number;
  readonly field?: 'content' | 'reasoning';
}

export interface LoadWorker extends Child {
  readonly port: number;
  readonly origin: string;
}

export const SERVED_NAME = 'qwq-32b';

export async function startWorker(tools: LoadTools, terms: WorkerTerms = {}): Promise<LoadWorker> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const { windowTokens = 40_960, chunks = 200, intervalUs = 0, firstUs = 0, field = 'content' } = terms;
  const child = await startChild({
    place: 'load',
    command: tools.worker,
    args: Object.entries({
      '--port': port,
      '--model': SERVED_NAME,
      '--window': windowTokens,
      '--chunks': chunks,
      '--interval-us': intervalUs,
      '--first-us': firstUs,
      '--field': field,
    }).flatMap(([name, value]) => [name, String(value)]),
    logFile: join(tools.folder, `worker-${port}.log`),
    isUp: async () => (await fetch(`${origin}/health`).catch(() => null))?.ok ?? false,
  });
  return { ...child, port, origin };
}
