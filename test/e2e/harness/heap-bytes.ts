// What the heap holds once everything unreachable is gone.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** JavaScript objects and buffers; after a full collection, twice, for what only weak references and finalisers held. */
export function heapBytes(): number {
  if (typeof collect !== 'function') throw new Error('V8 gives no gc()');
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
