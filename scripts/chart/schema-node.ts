// A piece of JSON Schema or YAML, read without being trusted.
export type Node = { readonly [key: string]: unknown };

/** Anything that is no map is an empty one. */
export function nodeOf(value: unknown): Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : {};
}

/** The schema with each `$ref` replaced by what it names, in depth. */
export function withoutReferences(schema: Node, root: Node = schema): Node {
  return resolved(schema, root) as Node;
}

function resolved(value: unknown, root: Node): unknown {
  if (Array.isArray(value)) return value.map((one) => resolved(one, root));
  if (typeof value !== 'object' || value === null) return value;
  const { $ref, allOf, ...own } = value as Node;
  const parts = [...(Array.isArray(allOf) ? allOf : []), ...($ref === undefined ? [] : [{ $ref }])];
  const named = parts.map((part) => {
    const { $ref: name, ...rest } = nodeOf(part);
    const target =
      typeof name === 'string' ? nodeOf(root.definitions)[name.replace('#/definitions/', '')] : {};
    return { ...nodeOf(resolved(target, root)), ...nodeOf(resolved(rest, root)) };
  });
  const plain = Object.fromEntries(Object.entries(own).map(([key, child]) => [key, resolved(child, root)]));
  return Object.assign({}, ...named, plain);
}
