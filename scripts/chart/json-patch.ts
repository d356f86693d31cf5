// What changes one Kubernetes object into another, as RFC 6902 operations: what a kustomize overlay says. Lists are replaced
// whole, so that a patch can be read.
import { isDeepStrictEqual } from 'node:util';
import { nodeOf } from './schema-node.ts';

export interface Operation {
  readonly op: 'add' | 'remove' | 'replace';
  readonly path: string;
  readonly value?: unknown;
}

export function jsonPatch(before: unknown, after: unknown, path = ''): readonly Operation[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isMap(before) || !isMap(after)) return [{ op: 'replace', path, value: after }];
  const [old, next] = [nodeOf(before), nodeOf(after)];
  const removed = Object.keys(old).filter((key) => !(key in next));
  return [
    ...removed.map((key): Operation => ({ op: 'remove', path: below(path, key) })),
    ...Object.entries(next).flatMap(([key, value]) =>
      key in old
        ? jsonPatch(old[key], value, below(path, key))
        : [{ op: 'add', path: below(path, key), value } satisfies Operation],
    ),
  ];
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function below(path: string, key: string): string {
  return `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
