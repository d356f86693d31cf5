// Text of a file or of an environment variable to a plain value. YAML 1.2, so `on`, `no` and 012 are what they look like.
import { parseDocument } from 'yaml';
import type { ConfigProblem } from './config-problem.ts';

type ReadYaml =
  | { readonly read: true; readonly value: unknown }
  | { readonly read: false; readonly problems: readonly ConfigProblem[] };

/** `path` is what problems are reported under. Problems name line and column, never the text: it may hold a secret. */
export function readYaml(text: string, path: string): ReadYaml {
  // prettyErrors would quote the offending lines.
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true, stringKeys: true });
  const problems = [...document.errors, ...document.warnings].map(({ code, pos }) => ({
    path,
    wrong: `is not YAML at ${placeOf(text, pos[0])} (${code.toLowerCase().replaceAll('_', ' ')})`,
    fix: 'mend the text there; indentation is by spaces',
  }));
  if (problems.length > 0) return { read: false, problems };
  return plainValue(() => document.toJS({ maxAliasCount: 100 }), path);
}

/** Anchors may multiply a short text into a huge one; the parser gives up at 100 and throws. */
function plainValue(toValue: () => unknown, path: string): ReadYaml {
  try {
    const value = toValue();
    const found = protoPath(value, '');
    if (found === null) return { read: true, value };
    return refused(path, `has a key \`__proto__\` at ${found}`, 'remove it');
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    return refused(path, 'repeats its anchors too often', 'write the repeated parts out');
  }
}

function refused(path: string, wrong: string, fix: string): ReadYaml {
  return { read: false, problems: [{ path, wrong, fix }] };
}

/** Where an own key `__proto__` hides; null where none does. Copying such an object would change its prototype. */
function protoPath(value: unknown, path: string): string | null {
  if (typeof value !== 'object' || value === null) return null;
  if (Object.hasOwn(value, '__proto__')) return path === '' ? 'the top' : path;
  for (const [key, child] of Object.entries(value)) {
    const found = protoPath(child, path === '' ? key : `${path}.${key}`);
    if (found !== null) return found;
  }
  return null;
}

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
