// Starts the thread of simulated workers and hears where they listen.
import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';

interface StartedSims {
  /** URLs by pool. */
  readonly urls: ReadonlyMap<string, readonly string[]>;
  close(): Promise<void>;
}

interface Started {
  readonly pool: string;
  readonly url: string;
}

export async function startSims(): Promise<StartedSims> {
  let isClosing = false;
  const thread = new Worker(new URL(`./sim-thread${extname(import.meta.filename)}`, import.meta.url), {
    execArgv: [],
  });
  const failed = once(thread, 'exit').then(([code]) => {
    throw new Error(`the simulated workers stopped (exit code ${code})`);
  });
  // An error of the thread rejects `once` by itself.
  const [started] = (await Promise.race([once(thread, 'message'), failed])) as [readonly Started[]];
  failed.catch((error: Error) => {
    if (!isClosing) process.stderr.write(`ropeway: ${error.message}\n`);
  });
  const urls = new Map<string, string[]>();
  for (const { pool, url } of started) urls.set(pool, [...(urls.get(pool) ?? []), url]);
  const close = async () => {
    isClosing = true;
    await thread.terminate();
  };
  return { urls, close };
}
