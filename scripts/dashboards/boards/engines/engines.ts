// What the engines say of themselves: vLLM's own metrics, with the pool the PodMonitor adds.
import type { Board } from '../../board.ts';
import { VLLM } from '../../vllm-metrics.ts';
import { CACHE } from './cache.ts';
import { LOAD } from './load.ts';
import { TIMES } from './times.ts';
import { WORK } from './work.ts';

export const ENGINES: Board = {
  uid: 'ropeway-engines',
  title: 'Ropeway / Engines',
  answers: 'Are the vLLM servers full, slow or starved, and where in a request does the time go?',
  variables: [
    { name: 'model', metric: VLLM.running.name, label: 'model_name' },
    { name: 'pool', metric: VLLM.running.name, label: 'pool' },
  ],
  rows: [LOAD, TIMES, CACHE, WORK],
};
