// Starts the thread of simulated workers and hears where they listen.
import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

export interface StartedSims {
  /** URLs by pool. */
  readonly urls: ReadonlyMap<string, readonly string[]>;
  close(): Promise<void>;
}

export async function startSims(): Promise<StartedSims> {
  const thread = new Worker(new URL(`./sim-thread${extname(import.meta.filename)}`, import.meta.url), {
    execArgv: [],
  });
  const [started] = (await once(thread, 'message')) as [readonly { pool: string; url: string }[]];
  const urls = new Map<string, string[]>();
  for (const { pool, url } of started) urls.set(pool, [...(urls.get(pool) ?? []), url]);
  return { urls, close: async () => void (await thread.terminate()) };
}
