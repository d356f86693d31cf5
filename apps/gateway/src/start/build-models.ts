// From the configuration to the models as served: profiles looked up, one counter a vocabulary.
import type { ModelConfig, RopewayConfig } from '#config';
import { profileNamed } from '#models';
import { createTokenCounter, type TokenCounter } from '#tokenizer';
import type { ServedModel } from '../models/served-model.ts';

interface BuiltModels {
  readonly models: readonly ServedModel[];
  readonly counters: readonly TokenCounter[];
}

export async function buildModels(config: RopewayConfig): Promise<BuiltModels> {
  const counters = new Map<string, Promise<TokenCounter>>();
  const counterOf = (model: ModelConfig): Promise<TokenCounter> => {
    const vocabulary = model.vocabulary ?? 'qwen3';
    const name = JSON.stringify(vocabulary);
    const counter = counters.get(name) ?? createTokenCounter({ ...config.tokenizer, vocabulary });
    counters.set(name, counter);
    return counter;
  };
  // Derived from the newest pepper: the same in every gateway, unknown to tenants.
  const saltKey = config.peppers.get(Math.max(...config.peppers.keys())) ?? '';
  try {
    const models = await Promise.all(
      config.models.map(async (model) => served(model, await counterOf(model), saltKey)),
    );
    return { models, counters: await Promise.all(counters.values()) };
  } catch (error) {
    for (const made of await Promise.allSettled(counters.values()))
      if (made.status === 'fulfilled') await made.value.close();
    throw error;
  }
}

function served(model: ModelConfig, counter: TokenCounter, saltKey: string): ServedModel {
  return {
    id: model.id,
    aliases: model.aliases,
    servedName: model.servedName,
    profile:
      model.counting === 'worker' || model.profile === null ? null : (profileNamed(model.profile) ?? null),
    counter,
    cacheSaltKey: model.cacheSalt === 'tenant' ? saltKey : null,
    policy: model.policy,
    maxAnswers: model.maxAnswers,
  };
}
