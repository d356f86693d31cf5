// How deep a value is nested. The engine's JSON reader is recursive and answers an unhelpful 400 for deep nesting; ours
// says which field it is in.

/** Whether no branch of `value` nests more than `most` arrays and objects. Costs as many stack frames, never more. */
export function isWithinDepth(value: unknown, most: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (most === 0) return false;
  // No Object.values: every message of every request is looked at.
  if (Array.isArray(value)) {
    for (const inner of value) if (!isWithinDepth(inner, most - 1)) return false;
    return true;
  }
  const object = value as Readonly<Record<string, unknown>>;
  for (const name in object) if (!isWithinDepth(object[name], most - 1)) return false;
  return true;
}

/** Steps a path goes down at most: as far as `messages[0].tool_calls[0].function.arguments` from the message. */
const MAX_STEPS = 4;
/** Names that are told; a client may have made one of a megabyte. */
const SANE_NAME = /^\w{1,64}$/;

/** The path of the member in which `value`, which lies at `path`, nests too deep: as far down as it has names. */
export function pathTooDeep(value: unknown, path: string, most: number): string {
  let named = path;
  let [at, inner] = [path, value];
  for (let step = 1; step <= MAX_STEPS; step++) {
    const entry = Object.entries(inner ?? {}).find(([, each]) => !isWithinDepth(each, most - step));
    if (!entry || !SANE_NAME.test(entry[0])) break;
    const isItem = Array.isArray(inner);
    at += isItem ? `[${entry[0]}]` : `.${entry[0]}`;
    inner = entry[1];
    if (!isItem) named = at;
  }
  return named;
}
