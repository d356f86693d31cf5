// A container's variables as a kubelet resolves them: literals, $(references), Secrets, ConfigMaps and the pod's own fields.
import type { V1ConfigMap, V1Container, V1EnvVarSource, V1Pod, V1Secret } from '@kubernetes/client-node';
import type { Kube } from '../control-plane/kube.ts';

export type Environment = Readonly<Record<string, string>>;

/** Throws what a kubelet would have said of a reference to nothing. */
export async function podEnvironment(kube: Kube, pod: V1Pod, container: V1Container): Promise<Environment> {
  const environment: Record<string, string> = {};
  const folder = `/api/v1/namespaces/${pod.metadata?.namespace}`;
  for (const { configMapRef, secretRef, prefix = '' } of container.envFrom ?? []) {
    const data = configMapRef
      ? (await kube.find<V1ConfigMap>(`${folder}/configmaps/${configMapRef.name}`))?.data
      : decoded(await kube.find<V1Secret>(`${folder}/secrets/${secretRef?.name}`));
    for (const [name, value] of Object.entries(data ?? {})) environment[prefix + name] = value;
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const found = valueFrom ? await referred(kube, pod, valueFrom) : (value ?? '');
    if (found !== null) environment[name] = expanded(found, environment);
  }
  return environment;
}

export function expanded(text: string, environment: Environment): string {
  return text.replace(/\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g, (whole, name) => environment[name] ?? whole);
}

/** Null: it may be missing, and is. */
async function referred(kube: Kube, pod: V1Pod, from: V1EnvVarSource): Promise<string | null> {
  const folder = `/api/v1/namespaces/${pod.metadata?.namespace}`;
  if (from.fieldRef) return fieldOf(pod, from.fieldRef.fieldPath);
  if (from.secretKeyRef) {
    const { name, key, optional } = from.secretKeyRef;
    const value = decoded(await kube.find<V1Secret>(`${folder}/secrets/${name}`))?.[key];
    return need(value, `key ${key} of secret "${name}" not found`, optional);
  }
  if (from.configMapKeyRef) {
    const { name, key, optional } = from.configMapKeyRef;
    const value = (await kube.find<V1ConfigMap>(`${folder}/configmaps/${name}`))?.data?.[key];
    return need(value, `key ${key} of configmap "${name}" not found`, optional);
  }
  // A resource's amount; whoever reads one gets a machine with two cores.
  return '2';
}

function need(value: string | undefined, missing: string, optional = false): string | null {
  if (value === undefined && !optional) throw new Error(missing);
  return value ?? null;
}

function fieldOf(pod: V1Pod, path: string): string {
  const named = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (named) return pod.metadata?.[named[1] === 'labels' ? 'labels' : 'annotations']?.[named[2] ?? ''] ?? '';
  const value = path.split('.').reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), pod);
  return value === undefined ? '' : String(value);
}

function decoded(secret: V1Secret | undefined): Record<string, string> | undefined {
  if (secret === undefined) return undefined;
  const pairs = Object.entries(secret.data ?? {});
  return Object.fromEntries(pairs.map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
