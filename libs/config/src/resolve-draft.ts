// From checked settings to what the apps use: secrets read, names resolved, defaults that depend on the machine filled in.
import { join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import { profileNamed } from '#models';
import type { PoolDeclaration } from '#workers';
import type { Draft } from './draft.ts';
import type { SecretReader } from './read-secrets.ts';
import type { ModelConfig, RopewayConfig } from './ropeway-config.ts';
import type { Settings } from './schema.ts';
import { databaseUrlFlaw } from './server-url.ts';

/** Request bodies may hold a quarter of the heap (decisions R8). */
const BODIES_SHARE_OF_HEAP = 0.25;

/** Problems with secrets are left with the reader; the value is only good when the draft is whole and there are none. */
export function resolveDraft(draft: Draft, secrets: SecretReader): RopewayConfig {
  const models = draft.models.map(({ value }) => modelConfig(value, secrets));
  const idOf = new Map(
    models.flatMap(({ id, aliases }) => [id, ...aliases].map((name) => [name, id] as const)),
  );
  const database = databaseOptions(draft.sections.database, secrets);
  return {
    ...draft.sections,
    bodies: {
      ...draft.sections.bodies,
      inFlightBytes: draft.sections.bodies.inFlightBytes ?? quarterOfHeap(),
    },
    models,
    discovery: discoveryConfig(draft.sections.discovery, secrets),
    pools: draft.pools.map(({ path, value }) => poolDeclaration(value, path, models, secrets)),
    keys: draft.keys.map(({ value }) => ({
      ...value,
      models: value.models?.map((name) => idOf.get(name) ?? name) ?? null,
    })),
    peppers: secrets.peppers(draft, draft.keys.length > 0 || database !== null),
    database,
    redis: redisConfig(draft.sections.redis, secrets),
    auth: {
      ...draft.sections.auth,
      snapshotFile: secrets.absolute(
        draft.sections.auth.snapshotFile ?? join(draft.sections.ledger.outbox, 'keys.json'),
      ),
    },
    ledger: { ...draft.sections.ledger, outbox: secrets.absolute(draft.sections.ledger.outbox) },
    prices: draft.prices.map(({ value: { model, pool = null, input, cached = input, output } }) => ({
      model,
      pool,
      input,
      cached,
      output,
    })),
    tokenWeights: new Map(draft.pools.map(({ value }) => [value.name, value.tokenWeight])),
    control: {
      ...draft.sections.control,
      adminKeyFile: secrets.absolute(draft.sections.control.adminKeyFile),
    },
    scaler: scalerConfig(draft.sections.scaler, secrets),
    tracing: tracingConfig(draft.sections.tracing, secrets),
  };
}

function databaseOptions(
  { url, urlFile, embedded, ...rest }: Settings['database'],
  secrets: SecretReader,
): RopewayConfig['database'] {
  if (embedded !== null) return { kind: 'embedded', folder: secrets.absolute(embedded) };
  const found = urlFile === null ? url : databaseUrlOf(urlFile, secrets);
  return found === null ? null : { kind: 'postgres', url: found, ...rest };
}

function databaseUrlOf(file: string, secrets: SecretReader): string {
  const path = 'database.urlFile';
  const url = secrets.secretFile(file, path);
  const flaw = url === '' ? null : databaseUrlFlaw(url);
  if (flaw !== null)
    secrets.problems.push({ path, wrong: `what the file holds ${flaw}`, fix: 'mend it there' });
  return url;
}

function redisConfig(
  { passwordFile, passwordEnv, caFile, ...rest }: Settings['redis'],
  secrets: SecretReader,
): RopewayConfig['redis'] {
  if (rest.urls.length === 0) return null;
  return {
    ...rest,
    password: passwordOf(passwordFile, passwordEnv, secrets),
    ca: caFile === null ? null : secrets.file(caFile, 'redis.caFile'),
  };
}

function passwordOf(file: string | null, env: string | null, secrets: SecretReader): string | null {
  if (file !== null) return secrets.secretFile(file, 'redis.passwordFile');
  return env === null ? null : secrets.variable(env, 'redis.passwordEnv');
}

/** The files of its certificates are read by the scaler itself, again and again: they change while it runs. */
function scalerConfig({ tls, ...rest }: Settings['scaler'], secrets: SecretReader): RopewayConfig['scaler'] {
  if (tls === null) return { ...rest, tls };
  const { certFile, keyFile, clientCaFile } = tls;
  return {
    ...rest,
    tls: {
      certFile: secrets.absolute(certFile),
      keyFile: secrets.absolute(keyFile),
      clientCaFile: clientCaFile === null ? null : secrets.absolute(clientCaFile),
    },
  };
}

function tracingConfig(
  { url, headers, headersFile, ...rest }: Settings['tracing'],
  secrets: SecretReader,
): RopewayConfig['tracing'] {
  if (url === null) return null;
  const path = 'tracing.headersFile';
  const lines = headersFile === null ? [] : secrets.secretFile(headersFile, path).split(/\r?\n/);
  const named = lines
    .filter((line) => line.trim() !== '')
    .map((line): readonly [string, string] => {
      const [, name = '', value = ''] = /^\s*([^\s:]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
      if (name === '')
        secrets.problems.push({
          path,
          wrong: 'a line is no header',
          fix: 'write `name: value`, one a line',
        });
      return [name, value];
    });
  return { ...rest, url, headers: { ...headers, ...Object.fromEntries(named) } };
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
    ...(pool.service === undefined ? {} : { service: pool.service }),
  };
}

function discoveryConfig(
  { mode, kubeconfig, ...rest }: Settings['discovery'],
  secrets: SecretReader,
): RopewayConfig['discovery'] {
  if (mode === 'static') return null;
  return { ...rest, mode, kubeconfig: kubeconfig === null ? null : secrets.absolute(kubeconfig) };
}

function apiKeyOf(pool: Settings['pools'][number], path: string, secrets: SecretReader): string | null {
  if (pool.apiKeyFile !== undefined) return secrets.secretFile(pool.apiKeyFile, `${path}.apiKeyFile`);
  if (pool.apiKeyEnv !== undefined) return secrets.variable(pool.apiKeyEnv, `${path}.apiKeyEnv`);
  return pool.apiKey ?? null;
}
