// The machine the workers' containers run on: a thread with all simulated vLLM servers, told by messages to start and end
// them. On a thread of its own, so that they cannot slow down whoever sends the requests.
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { startVllmSim, type VllmSim, type VllmSimOptions } from '#vllm-sim';

export type WorkerOrder =
  | { readonly kind: 'start'; readonly id: string; readonly options: VllmSimOptions }
  /** SIGTERM, and SIGKILL when the grace is over. */
  | { readonly kind: 'end'; readonly id: string; readonly graceMs: number };

export type WorkerNote =
  | { readonly kind: 'started'; readonly id: string }
  | { readonly kind: 'failed'; readonly id: string; readonly why: string }
  | { readonly kind: 'ended'; readonly id: string };

const running = new Map<string, VllmSim>();
const say = (note: WorkerNote): void => parentPort?.postMessage(note);

parentPort?.on('message', (order: WorkerOrder) => {
  if (order.kind === 'start') void start(order.id, order.options);
  else void end(order.id, order.graceMs);
});

async function start(id: string, options: VllmSimOptions): Promise<void> {
  try {
    running.set(id, await startVllmSim(options));
    say({ kind: 'started', id });
  } catch (error) {
    say({ kind: 'failed', id, why: error instanceof Error ? error.message : String(error) });
  }
}

async function end(id: string, graceMs: number): Promise<void> {
  const sim = running.get(id);
  running.delete(id);
  const over = new AbortController();
  await Promise.race([sim?.terminate(), sleep(graceMs, null, { signal: over.signal }).catch(() => null)]);
  over.abort();
  sim?.kill();
  await sim?.close();
  say({ kind: 'ended', id });
}
