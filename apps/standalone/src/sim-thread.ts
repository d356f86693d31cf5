// Runs the simulated workers on a thread of their own, so that the gateway's event loop is its own, too.
import { parentPort } from 'node:worker_threads';
import { startVllmSim } from '#vllm-sim';
import { SIMULATED_POOLS, simOptions } from './simulated-pools.ts';

const started = SIMULATED_POOLS.flatMap((pool, at) =>
  Array.from({ length: pool.workers }, async (_, number) => {
    const sim = await startVllmSim(simOptions(pool, at * 10 + number));
    return { pool: pool.name, url: sim.url };
  }),
);
parentPort?.postMessage(await Promise.all(started));
