// The first start: initdb in WebAssembly takes 4 to 7 s on two cores and 700 MB. It runs on a thread of its own, so that the
// loop goes on and the memory is given back; and beside its place, so that a process killed meanwhile leaves nothing that
// looks like a database.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** The thread's file has our own extension: .ts when run from sources, .js once compiled. */
const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'));
const workerFile = new URL(`./embedded-data-worker${extension}`, import.meta.url);

/** Does nothing when the folder is there. Call it with the lock held. */
export async function makeEmbeddedData(dataDir: string, signal: AbortSignal): Promise<void> {
  if (existsSync(dataDir)) return;
  const unfinished = `${dataDir}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  await initialise(unfinished, signal);
  renameSync(unfinished, dataDir);
}

async function initialise(dataDir: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const ended = Promise.withResolvers<void>();
  // execArgv: the flags of whoever started us (a test runner's, a debugger's) are not for this thread.
  const worker = new Worker(workerFile, { workerData: dataDir, execArgv: [], name: 'embedded-data' });
  // It has ended when `exit` says so: until then it writes, and the lock is not to be let go.
  const abort = (): void => void worker.terminate();
  signal.addEventListener('abort', abort);
  worker.on('error', ended.reject);
  worker.on('exit', (code) => {
    if (signal.aborted) ended.reject(signal.reason);
    else if (code === 0) ended.resolve();
    else ended.reject(new Error(`making the embedded database ended with ${code}`));
  });
  try {
    await ended.promise;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
