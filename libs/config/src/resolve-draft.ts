// From checked settings to what the apps use: secrets read, names resolved, defaults that depend on the machine filled in.
import { getHeapStatistics } from 'node:v8';
import { profileNamed } from '#models';
import type { PoolDeclaration } from '#workers';
import type { Draft } from './draft.ts';
import type { SecretReader } from './read-secrets.ts';
import type { ModelConfig, RopewayConfig } from './ropeway-config.ts';
import type { Settings } from './schema.ts';

/** Request bodies may hold a quarter of the heap (decisions R8). */
const BODIES_SHARE_OF_HEAP = 0.25;

/** Problems with secrets are left with the reader; the value is only good when the draft is whole and there are none. */
export function resolveDraft(draft: Draft, secrets: SecretReader): RopewayConfig {
  const models = draft.models.map(({ value }) => modelConfig(value, secrets));
  const idOf = new Map(
    models.flatMap(({ id, aliases }) => [id, ...aliases].map((name) => [name, id] as const)),
  );
  return {
    ...draft.sections,
    bodies: {
      ...draft.sections.bodies,
      inFlightBytes: draft.sections.bodies.inFlightBytes ?? quarterOfHeap(),
    },
    models,
    pools: draft.pools.map(({ path, value }) => poolDeclaration(value, path, models, secrets)),
    keys: draft.keys.map(({ value }) => ({
      ...value,
      models: value.models?.map((name) => idOf.get(name) ?? name) ?? null,
    })),
    peppers: secrets.peppers(draft),
  };
}

function quarterOfHeap(): number {
  return Math.floor(getHeapStatistics().heap_size_limit * BODIES_SHARE_OF_HEAP);
}

function modelConfig(model: Settings['models'][number], secrets: SecretReader): ModelConfig {
  const { id, aliases, counting, maxAnswers, vocabulary, cacheSalt, profile = null } = model;
  return {
    id,
    aliases,
    profile,
    servedName: model.servedName ?? id,
    counting,
    vocabulary: vocabularyOf(vocabulary, profile, secrets),
    maxAnswers,
    cacheSalt,
    policy: {
      assumedOutputTokens: model.assumedOutputTokens,
      overBudget: model.overBudget,
      spillAfterMs: model.spill?.afterMs ?? null,
      fullQueuedTokens: model.fullQueuedTokens,
    },
  };
}

function vocabularyOf(
  vocabulary: Settings['models'][number]['vocabulary'],
  profile: ModelConfig['profile'],
  secrets: SecretReader,
): ModelConfig['vocabulary'] {
  if (vocabulary !== 'embedded') return { path: secrets.absolute(vocabulary.path) };
  return profile === null ? null : (profileNamed(profile)?.vocabulary ?? null);
}

function poolDeclaration(
  pool: Settings['pools'][number],
  path: string,
  models: readonly ModelConfig[],
  secrets: SecretReader,
): PoolDeclaration {
  return {
    name: pool.name,
    model: pool.model,
    servedName: models.find(({ id }) => id === pool.model)?.servedName ?? pool.model,
    rope:
      pool.rope.type === 'default'
        ? { type: 'default', factor: 1 }
        : { type: 'yarn', factor: pool.rope.factor },
    windowTokens: pool.windowTokens,
    kvTokensPerWorker: pool.kvTokensPerWorker ?? pool.windowTokens,
    workers: pool.workers.map((url) => ({ url: new URL(url).origin })),
    apiKey: apiKeyOf(pool, path, secrets),
    ca: pool.caFile === undefined ? null : secrets.file(pool.caFile, `${path}.caFile`),
  };
}

function apiKeyOf(pool: Settings['pools'][number], path: string, secrets: SecretReader): string | null {
  if (pool.apiKeyFile !== undefined) return secrets.secretFile(pool.apiKeyFile, `${path}.apiKeyFile`);
  if (pool.apiKeyEnv !== undefined) return secrets.variable(pool.apiKeyEnv, `${path}.apiKeyEnv`);
  return pool.apiKey ?? null;
}
