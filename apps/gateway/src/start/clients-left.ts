// Between SIGTERM and the first refusal: clients hold connections that were opened before, and nobody tells them that this
// gateway goes but the next answer on each. Without this, whoever keeps connections alive gets 503 at every rollout.
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 50;

/** Resolves once no connection is left, after `leaveMs` at the latest, or when the signal aborts. */
export async function clientsLeft(server: Server, leaveMs: number, signal: AbortSignal): Promise<void> {
  const endMs = performance.now() + leaveMs;
  while (!signal.aborted && performance.now() < endMs && (await connections(server)) > 0)
    await sleep(LOOK_EVERY_MS);
}

function connections(server: Server): Promise<number> {
  return new Promise((resolve, reject) =>
    server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
  );
}
