// What the workers of a model are asked to count before they are used.
import { countedProbes } from '#tokenizer';
import type { TokenizerProbe } from '#workers';
import type { ServedModel } from './served-model.ts';

/** None for a model its workers count. */
export async function probesOf({ id, profile, counter }: ServedModel): Promise<readonly TokenizerProbe[]> {
  if (!profile) return [];
  return (await countedProbes(profile, counter)).map((probe) => ({ ...probe, model: id }));
}
