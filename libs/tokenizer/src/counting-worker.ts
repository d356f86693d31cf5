// A counting thread: takes one job at a time and answers it. Its tables are those of the main thread, shared; its
// own part is the word cache and compiled code, warmed up before it says it is ready.
import { parentPort, workerData } from 'node:worker_threads';
import type { CountingJob, CountingWorkerData } from './counting-thread.ts';
import { FastCounter } from './fast-counter.ts';
import { warmUp } from './warm-up.ts';

const { tables, unwantedJob }: CountingWorkerData = workerData;
let current = 0;
const counter = new FastCounter(tables, () => Atomics.load(unwantedJob, 0) === current);

warmUp(counter, tables);
parentPort?.on('message', ({ id, kind, texts }: CountingJob) => {
  current = id;
  const result =
    kind === 'count'
      ? texts.map((text) => counter.count(text))
      : texts.flatMap((text) => counter.encode(text));
  parentPort?.postMessage(Int32Array.from(result));
});
parentPort?.postMessage('ready');
