// What changed between two states of one thing, field by field: for `apply` and for the audit log.
import type { Terminal } from '../terminal.ts';
import { paint } from './paint.ts';
import { valueText } from './words.ts';
import { withoutControls } from './wrap-text.ts';

interface FieldChange {
  /** As in `limits.requestsPerMinute`. */
  readonly path: string;
  /** undefined: was not there. */
  readonly before?: unknown;
  /** undefined: is gone. */
  readonly after?: unknown;
}

/** Fields that change with every change and say nothing. */
const NOISE = ['version', 'createdAt', 'updatedAt'];

/** Of what was made, only what was said: nothing of what it does not restrict. */
export function fieldChanges(before: unknown, after: unknown): readonly FieldChange[] {
  const changes = differences(before, after, '');
  return isRecord(before) ? changes : changes.filter(({ after: made }) => !isNothing(made));
}

/** Objects are walked, everything else is compared as a whole. */
function differences(before: unknown, after: unknown, path: string): readonly FieldChange[] {
  if (!isRecord(before) && !isRecord(after))
    return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
  const was = isRecord(before) ? before : {};
  const is = isRecord(after) ? after : {};
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((name) => !NOISE.includes(name))
    .flatMap((name) => differences(was[name], is[name], path === '' ? name : `${path}.${name}`));
}

/**
 * `  limits.requestsPerMinute: 600 -> 1,200`, a line a field; of what is made, which was nothing before, only what it is. What is
 * gone inherits nothing: it has none.
 */
export function changeLines(
  screen: Pick<Terminal, 'hasColors'>,
  changes: readonly FieldChange[],
  { isMade, isGone = false }: { readonly isMade: boolean; readonly isGone?: boolean },
): readonly string[] {
  return changes.map(({ path, before, after }) => {
    const is = paint(screen, 'green', isGone ? valueText(null) : shown(path, after));
    const values = isMade ? is : `${paint(screen, 'red', shown(path, before))} -> ${is}`;
    return `    ${withoutControls(path)}: ${values}`;
  });
}

/** What a tenant or key does not say of limits and scopes is inherited, which is not `none`: the options have the same words. */
function shown(path: string, value: unknown): string {
  const isInherited = value === undefined && /^(limits|scopes)\./.test(path);
  return isInherited ? 'inherit' : withoutControls(valueText(value));
}

function isNothing(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
