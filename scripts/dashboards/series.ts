// Chooses the series of a metric, within what the variables of a board select. A metric or label that does not exist does
// not compile: definitions come from metric-definitions.ts and vllm-metrics.ts.
import { METRICS } from '#telemetry';
import { type Matcher, type ValueOf, written } from './matchers.ts';

/** What a variable of a board filters by, and which labels it does it on; `namespace` always does. */
const SCOPES = { model: ['model', 'model_name'], pool: ['pool'], tenant: ['tenant'] } as const;
export type Scope = keyof typeof SCOPES;

/** What Prometheus adds: all four in Kubernetes; outside `job` and `instance` alone. */
export type TargetLabel = 'namespace' | 'pod' | 'job' | 'instance';

export interface Definition<Type extends string = string> {
  readonly name: string;
  readonly type: Type;
  readonly labels: readonly string[];
}
export type LabelOf<Of extends Definition> = Of['labels'][number];
type Where<Of extends Definition> = {
  readonly [Label in LabelOf<Of>]?: Matcher<ValueOf<Label>>;
};

export interface Series<Type extends string, Label extends string> {
  readonly type: Type;
  readonly name: string;
  /** `{...}`. */
  readonly matchers: string;
  /** Never filled: keeps the labels for the compiler. */
  readonly labels?: readonly Label[];
}

const NAMESPACE = 'namespace=~"$namespace"';
/** One of each process of ours, so that shared names can be told from other programs'. */
const OUR_PROCESSES = `${METRICS.buildInfo.name}{${NAMESPACE}}`;

/** The series of a metric that the variables leave, and `where` within them. */
export function seriesWithin(scopes: readonly Scope[]) {
  return <const Of extends Definition>(
    definition: Of,
    where: Where<Of> = {},
  ): Series<Of['type'], LabelOf<Of> | TargetLabel> => {
    const chosen = Object.entries<Matcher | undefined>(where).flatMap(([label, matcher]) =>
      matcher === undefined ? [] : [written(label, matcher)],
    );
    const matchers = [NAMESPACE, ...scopes.flatMap((scope) => scopeOf(definition, scope)), ...chosen];
    return { type: definition.type, name: definition.name, matchers: `{${matchers.join(', ')}}` };
  };
}

function scopeOf({ labels }: Definition, scope: Scope): readonly string[] {
  return SCOPES[scope].filter((label) => labels.includes(label)).map((label) => `${label}=~"$${scope}"`);
}

/** `process_*` and `nodejs_*` are everybody's names: only those of processes that say what version of Ropeway they are. */
export function oursOnly(name: string, promql: string): string {
  return name.startsWith('process_') || name.startsWith('nodejs_')
    ? `(${promql} and on (namespace, job, instance) ${OUR_PROCESSES})`
    : promql;
}
