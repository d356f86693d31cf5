// Kubernetes objects as the specs read them: by path, each read checked.

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [member: string]: unknown;
}

export type Fields = Readonly<Record<string, unknown>>;

/** The value at `spec.template.spec`; undefined where a step is missing. A number steps into a list. */
export function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (found, step) => (typeof found === 'object' && found !== null ? (found as Fields)[step] : undefined),
      value,
    );
}

export function fields(value: unknown, path = ''): Fields {
  const found = path === '' ? value : at(value, path);
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Fields) : {};
}

export function list(value: unknown, path: string): readonly unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
}

export function text(value: unknown, path: string): string {
  const found = at(value, path);
  return typeof found === 'string' ? found : '';
}

export function number(value: unknown, path: string): number {
  const found = at(value, path);
  return typeof found === 'number' ? found : Number.NaN;
}

export function ofKind(objects: readonly KubeObject[], ...kinds: readonly string[]): readonly KubeObject[] {
  return objects.filter(({ kind }) => kinds.includes(kind));
}

/** Throws where it is missing: a spec that looks at nothing must not pass. */
export function named(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name} was rendered`);
  return found;
}

/** Deployments, StatefulSets and Jobs. */
export function workloads(objects: readonly KubeObject[]): readonly KubeObject[] {
  return ofKind(objects, 'Deployment', 'StatefulSet', 'Job');
}

export function podLabels(workload: KubeObject): Readonly<Record<string, string>> {
  return fields(workload, 'spec.template.metadata.labels') as Readonly<Record<string, string>>;
}

/** Whether a selector's `matchLabels` (or a plain map of labels) takes these labels. An empty one takes nothing here. */
export function selects(selector: Fields, labels: Readonly<Record<string, string>>): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([name, value]) => labels[name] === value);
}

export function component(object: KubeObject): string {
  return object.metadata.labels?.['app.kubernetes.io/component'] ?? '';
}

/** Every map inside, with the path to it. */
export function* maps(value: unknown, path = ''): Generator<{ readonly path: string; readonly map: Fields }> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield { path, map: value as Fields };
  for (const [key, child] of Object.entries(value)) yield* maps(child, path === '' ? key : `${path}.${key}`);
}
