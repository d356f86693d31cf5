// What can be understood of a configuration, faults or not: wrong sections take their defaults, wrong list elements are
// left out and the others keep their places. So the checks across sections and the secrets are looked at even when the
// schema complains, and an operator is not shown one list of problems after the other.
import type * as z from 'zod';
import { isTree, type Tree } from './overlay-environment.ts';
import { type Settings, schema } from './schema.ts';

interface Placed<Value> {
  /** `pools[2]`, as problems name it. */
  readonly path: string;
  readonly value: Value;
}

type ListName = 'models' | 'pools' | 'keys' | 'peppers' | 'prices';
type Lists = { readonly [Name in ListName]: readonly Placed<Settings[Name][number]>[] };

export interface Draft extends Lists {
  readonly sections: Omit<Settings, ListName>;
  /** Every model id written down, those of models with faults included. */
  readonly declared: ReadonlySet<string>;
  /** `keys` is written down, were it an empty list. */
  readonly hasKeys: boolean;
  /** The section `discovery` is as it was written: whether pools name their workers can be judged. */
  readonly knowsDiscovery: boolean;
  /** Nothing was left out. */
  readonly isWhole: boolean;
}

interface Drafted {
  readonly draft: Draft;
  readonly issues: readonly z.core.$ZodIssue[];
}

export function draftSettings(tree: Tree): Drafted {
  const parsed = schema.safeParse(tree, { reportInput: true });
  const { shape } = schema;
  const draft: Draft = {
    sections: {
      server: sectionOf(shape.server, tree.server),
      ops: sectionOf(shape.ops, tree.ops),
      log: sectionOf(shape.log, tree.log),
      bodies: sectionOf(shape.bodies, tree.bodies),
      waiting: sectionOf(shape.waiting, tree.waiting),
      discovery: sectionOf(shape.discovery, tree.discovery),
      relay: sectionOf(shape.relay, tree.relay),
      workers: sectionOf(shape.workers, tree.workers),
      tokenizer: sectionOf(shape.tokenizer, tree.tokenizer),
      metrics: sectionOf(shape.metrics, tree.metrics),
      requests: sectionOf(shape.requests, tree.requests),
      tracing: sectionOf(shape.tracing, tree.tracing),
      database: sectionOf(shape.database, tree.database),
      redis: sectionOf(shape.redis, tree.redis),
      auth: sectionOf(shape.auth, tree.auth),
      limits: sectionOf(shape.limits, tree.limits),
      ledger: sectionOf(shape.ledger, tree.ledger),
      control: sectionOf(shape.control, tree.control),
      scaler: sectionOf(shape.scaler, tree.scaler),
    },
    models: listOf('models', shape.models.element, tree.models),
    pools: listOf('pools', shape.pools.element, tree.pools),
    keys: listOf('keys', shape.keys.unwrap().element, tree.keys),
    peppers: listOf('peppers', shape.peppers.unwrap().element, tree.peppers),
    prices: listOf('prices', shape.prices.unwrap().element, tree.prices),
    declared: declaredModels(tree),
    hasKeys: tree.keys !== undefined,
    knowsDiscovery: shape.discovery.safeParse(tree.discovery).success,
    isWhole: parsed.success,
  };
  return { draft, issues: parsed.error?.issues ?? [] };
}

function sectionOf<Schema extends z.ZodType>(section: Schema, value: unknown): z.output<Schema> {
  const parsed = section.safeParse(value);
  return parsed.success ? parsed.data : section.parse(undefined);
}

function listOf<Schema extends z.ZodType>(
  name: ListName,
  element: Schema,
  value: unknown,
): readonly Placed<z.output<Schema>>[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((item: unknown, at) => {
    const parsed = element.safeParse(item);
    return parsed.success ? { path: `${name}[${at}]`, value: parsed.data } : [];
  });
}

function declaredModels({ models }: Tree): ReadonlySet<string> {
  const list: readonly unknown[] = Array.isArray(models) ? models : [];
  return new Set(list.flatMap((model) => (isTree(model) && typeof model.id === 'string' ? model.id : [])));
}
