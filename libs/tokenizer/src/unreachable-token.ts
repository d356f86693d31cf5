// Is every token what the merges make of its own bytes? Backtracking relies on it. True of the Qwen vocabularies that
// come with Ropeway (a test); of a served model's own file it has to be seen.
import type { BpeTables } from './bpe-tables.ts';
import { MergingBpe } from './merging-bpe.ts';

/** The first token whose bytes encode to something else; -1 when there is none. Takes about 0.1 s. */
export function findUnreachableToken(tables: BpeTables): number {
  const merging = new MergingBpe(tables);
  for (let id = 0; id < tables.size; id++) {
    const count = merging.encode(tables.bytes, tables.offsets[id] ?? 0, tables.offsets[id + 1] ?? 0);
    if (count !== 1 || merging.ids[0] !== id) return id;
  }
  return -1;
}
