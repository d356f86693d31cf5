// Prompts every worker is asked to count, with our own count of each: those a gateway sends, so that its verdict is the same.
import type { RopewayConfig } from '#config';
import { profileNamed } from '#models';
import { countedProbes, createTokenCounter } from '#tokenizer';
import type { TokenizerProbe } from '#workers';

/** None for models whose prompts their workers count. Rejects when a vocabulary cannot be read. */
export async function probePrompts(config: RopewayConfig): Promise<readonly TokenizerProbe[]> {
  const probes = await Promise.all(config.models.map((model) => probesFor(model, config)));
  return probes.flat();
}

async function probesFor(
  { id, profile: name, vocabulary }: RopewayConfig['models'][number],
  { tokenizer }: RopewayConfig,
): Promise<readonly TokenizerProbe[]> {
  const profile = name === null ? undefined : profileNamed(name);
  if (profile === undefined || vocabulary === null) return [];
  const counter = await createTokenCounter({ ...tokenizer, vocabulary, threads: 0 });
  try {
    return (await countedProbes(profile, counter)).map((probe) => ({ ...probe, model: id }));
  } finally {
    await counter.close();
  }
}
