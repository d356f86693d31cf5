// Checks across sections: each is right by itself, but do they fit together?
import { PROFILES } from '#models';
import type { ConfigProblem } from './config-problem.ts';
import type { Draft } from './draft.ts';
import { positionsOf } from './native-window.ts';
import { nearestName } from './nearest-name.ts';
import type { Settings } from './schema.ts';
import { shownName } from './shown-text.ts';

type Model = Settings['models'][number];
type Pool = Settings['pools'][number];

/** What something left out of the draft may explain is not reported as a second problem. */
export function checkTogether(draft: Draft, needsKeys = true): ConfigProblem[] {
  return [
    ...modelProblems(draft),
    ...(draft.isWhole ? idleModels(draft) : []),
    ...poolProblems(draft),
    ...(draft.knowsDiscovery ? discoveryProblems(draft) : []),
    ...keyProblems(draft),
    ...pepperProblems(draft),
    ...(needsKeys ? missingKeys(draft) : []),
    ...stateProblems(draft),
    ...priceProblems(draft),
    ...scalerProblems(draft),
  ];
}

function modelProblems({ models }: Draft): ConfigProblem[] {
  const names = models.flatMap(({ path, value }) => [
    { name: value.id, path: `${path}.id` },
    ...value.aliases.map((name, at) => ({ name, path: `${path}.aliases[${at}]` })),
  ]);
  const unprofiled = models
    .filter(({ value }) => value.profile === undefined && value.counting !== 'worker')
    .map(({ path }) => ({
      path: `${path}.profile`,
      wrong: 'is missing',
      fix: `name one of ${PROFILES.map(({ name }) => name).join(', ')}, or set \`counting: worker\``,
    }));
  return [...repeated(names, 'a name belongs to one model; remove one of the two'), ...unprofiled];
}

function idleModels({ models, pools }: Draft): ConfigProblem[] {
  return models
    .filter((model) => !pools.some((pool) => pool.value.model === model.value.id))
    .map(({ path, value }) => ({
      path,
      wrong: `no pool serves \`${value.id}\``,
      fix: `add a pool with \`model: ${value.id}\``,
    }));
}

function poolProblems({ models, pools, declared }: Draft): ConfigProblem[] {
  const names = pools.map(({ path, value }) => ({ name: value.name, path: `${path}.name` }));
  const origins = pools.flatMap(({ path, value }) =>
    value.workers.map((url, at) => ({ name: new URL(url).origin, path: `${path}.workers[${at}]` })),
  );
  const own = pools.flatMap(({ path, value: pool }) => [
    ...unknownModel(pool.model, declared, `${path}.model`),
    ...ropeProblems(pool, models.find(({ value }) => value.id === pool.model)?.value, path),
    ...apiKeyProblems(pool, path),
  ]);
  return [
    ...repeated(names, 'give each pool a name of its own'),
    ...repeated(origins, 'a worker belongs to one pool; remove one of the two'),
    ...own,
  ];
}

/** Workers are named or found, never both: a worker nobody finds would stay, and one found twice is two. */
function discoveryProblems({ pools, sections: { discovery } }: Draft): ConfigProblem[] {
  const { mode } = discovery;
  const own = pools.flatMap(({ path, value: { workers, service } }) => [
    ...workersProblem(workers.length, mode, `${path}.workers`),
    ...(service === undefined || mode === 'endpointslices'
      ? []
      : [
          {
            path: `${path}.service`,
            wrong: `is given, but \`discovery.mode\` is ${mode}`,
            fix: 'remove it, or set `discovery.mode: endpointslices`',
          },
        ]),
  ]);
  const services = pools.map(({ path, value: { name, service = name } }) => ({ name: service, path }));
  if (mode !== 'endpointslices') return own;
  return [...own, ...repeated(services, 'give each pool a Service of its own (`service`)')];
}

function workersProblem(workers: number, mode: string, path: string): ConfigProblem[] {
  if (mode === 'static' && workers === 0)
    return [
      {
        path,
        wrong: 'names no worker',
        fix: 'add one, as in http://10.0.0.7:8000, or let `discovery.mode: pods` find them',
      },
    ];
  if (mode === 'static' || workers === 0) return [];
  return [
    {
      path,
      wrong: `names workers, but \`discovery.mode: ${mode}\` finds them`,
      fix: 'remove them, or set `discovery.mode: static`',
    },
  ];
}

function ropeProblems(pool: Pool, model: Model | undefined, path: string): ConfigProblem[] {
  const positions = positionsOf(model?.profile);
  const windowPath = `${path}.windowTokens`;
  if (pool.rope.type === 'default') {
    const native = positions?.nativeWindowTokens;
    if (native === undefined || pool.allowNativeWindow || pool.windowTokens <= native) return [];
    return [
      {
        path: windowPath,
        wrong: `is ${pool.windowTokens}, but ${model?.profile} without scaling has ${native}`,
        fix: "say in `rope` how the workers scale, or set `allowNativeWindow: true` if the checkpoint's config.json allows it",
      },
    ];
  }
  const original = pool.rope.originalMaxPosition ?? positions?.originalMaxPosition;
  if (original === undefined || pool.rope.factor * original >= pool.windowTokens) return [];
  const reach = Math.floor(pool.rope.factor * original);
  return [
    {
      path: windowPath,
      wrong: `is ${pool.windowTokens}, but factor ${pool.rope.factor} times ${original} reaches ${reach}`,
      fix: 'lower the window or raise `rope.factor`, as the workers were started',
    },
  ];
}

function apiKeyProblems(pool: Pool, path: string): ConfigProblem[] {
  const given = [pool.apiKey, pool.apiKeyFile, pool.apiKeyEnv].filter((value) => value !== undefined);
  if (given.length <= 1) return [];
  return [
    {
      path: `${path}.apiKey`,
      wrong: 'is given in more than one way',
      fix: 'keep one of apiKey, apiKeyFile and apiKeyEnv',
    },
  ];
}

function keyProblems({ models, keys, declared }: Draft): ConfigProblem[] {
  const ids = keys.map(({ path, value }) => ({ name: value.id, path: `${path}.id` }));
  const names = new Set([...declared, ...models.flatMap(({ value }) => value.aliases)]);
  const unknown = keys.flatMap(({ path, value }) =>
    (value.models ?? []).flatMap((name, at) => unknownModel(name, names, `${path}.models[${at}]`)),
  );
  return [...repeated(ids, 'make a second key with `ropeway key new`'), ...unknown];
}

function pepperProblems({ peppers, keys, isWhole }: Draft): ConfigProblem[] {
  const versions = peppers.map(({ path, value }) => ({
    name: String(value.version),
    path: `${path}.version`,
  }));
  const known = peppers.length === 0 ? [1] : peppers.map(({ value }) => value.version);
  const unknown = keys
    .filter(({ value }) => isWhole && !known.includes(value.pepperVersion))
    .map(({ path, value }) => ({
      path: `${path}.pepperVersion`,
      wrong: `is ${value.pepperVersion}, which \`peppers\` does not have`,
      fix: `add that pepper, or use one of ${known.join(', ')}`,
    }));
  const unplaced = peppers
    .filter(({ value: { env, file } }) => (env === undefined) === (file === undefined))
    .map(({ path }) => ({
      path,
      wrong: 'must have either `env` or `file`',
      fix: 'say once where the pepper is',
    }));
  return [...repeated(versions, 'give each pepper a version of its own'), ...unknown, ...unplaced];
}

function missingKeys({ hasKeys, sections: { database } }: Draft): ConfigProblem[] {
  if (hasKeys || databaseHomes(database).length > 0) return [];
  return [
    {
      path: 'keys',
      wrong: 'is missing',
      fix: 'add a key (`ropeway key new`), or name a `database` that holds them',
    },
  ];
}

function databaseHomes({ url, urlFile, embedded }: Settings['database']): readonly string[] {
  return [url, urlFile, embedded].filter((home) => home !== null);
}

/** Where shared counters come from. */
function stateProblems({ sections: { database, redis, ledger } }: Draft): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  if (databaseHomes(database).length > 1)
    problems.push({
      path: 'database',
      wrong: 'is given in more than one way',
      fix: 'keep one of url, urlFile and embedded',
    });
  if (redis.passwordFile !== null && redis.passwordEnv !== null)
    problems.push({
      path: 'redis.passwordFile',
      wrong: 'is given beside `redis.passwordEnv`',
      fix: 'keep one of the two',
    });
  if (ledger.handover && redis.urls.length === 0)
    problems.push({
      path: 'ledger.handover',
      wrong: 'is true, but there is no Redis to leave rows in',
      fix: 'name one in `redis.urls`, or set it to false',
    });
  if (redis.urls.length > 1 && !redis.isCluster)
    problems.push({
      path: 'redis.urls',
      wrong: `names ${redis.urls.length} addresses, but \`redis.isCluster\` is false`,
      fix: 'keep one, or set `redis.isCluster: true`',
    });
  return problems;
}

function priceProblems({ prices, pools, declared }: Draft): ConfigProblem[] {
  const places = prices.map(({ path, value }) => ({
    name: value.pool === undefined ? value.model : `${value.model} in ${value.pool}`,
    path,
  }));
  const names = pools.map(({ value }) => value.name);
  const own = prices.flatMap(({ path, value }) => [
    ...unknownModel(value.model, declared, `${path}.model`),
    ...(value.pool === undefined || names.includes(value.pool)
      ? []
      : [
          {
            path: `${path}.pool`,
            wrong: `${shownName(value.pool)} is no pool`,
            fix: `declared in \`pools\`: ${names.join(', ')}`,
          },
        ]),
  ]);
  return [...repeated(places, 'one price for a model and pool is enough'), ...own];
}

/** One missed answer must not make a gateway silent. */
function scalerProblems({ sections: { scaler } }: Draft): ConfigProblem[] {
  if (scaler.silentMs >= 2 * scaler.pollMs) return [];
  return [
    {
      path: 'scaler.silentMs',
      wrong: `is ${scaler.silentMs}, less than two rounds of \`scaler.pollMs\` (${scaler.pollMs})`,
      fix: `write at least ${2 * scaler.pollMs}, or poll more often`,
    },
  ];
}

function unknownModel(name: string, declared: ReadonlySet<string>, path: string): ConfigProblem[] {
  if (declared.has(name)) return [];
  const names = [...declared];
  const meant = nearestName(name, names);
  const known = names.length === 0 ? 'declare it in `models`' : `declared in \`models\`: ${names.join(', ')}`;
  return [
    {
      path,
      wrong: `${shownName(name)} is no model`,
      fix: meant === null ? known : `did you mean \`${meant}\`?`,
    },
  ];
}

/** The second and later places where a name stands. */
function repeated(named: readonly { name: string; path: string }[], fix: string): ConfigProblem[] {
  const first = new Map<string, string>();
  return named.flatMap(({ name, path }) => {
    const earlier = first.get(name);
    if (earlier === undefined) first.set(name, path);
    return earlier === undefined
      ? []
      : { path, wrong: `${shownName(name)} stands at ${earlier} already`, fix };
  });
}
