// What tenants.yaml declares, read so that it arrives as it was written. What JSON would carry as something else is refused
// here, because the admin API cannot tell any more: a number beyond what a double holds becomes null, which is "no limit".
import { type Document, parseDocument } from 'yaml';
import { readTextFile } from './read-text-file.ts';
import { CommandFailed, type Terminal } from './terminal.ts';

export async function readDeclared(file: string, terminal: Terminal): Promise<Record<string, unknown>> {
  const text = file === '-' ? await terminal.input() : readTextFile(file);
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error !== undefined) throw new CommandFailed(`${file} is not YAML: ${error.message}`);
  const { value, notFinite } = plainValue(document, file);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new CommandFailed(`${file} must be a map with plans and tenants (docs/cli.md has an example)`);
  // A member of the API's request, which the command line sets itself: no field of a declaration.
  if (Object.hasOwn(value, 'dryRun'))
    throw new CommandFailed(
      `${file}:\n  dryRun: Unknown field; ropeway apply --dry-run shows and changes nothing`,
    );
  if (notFinite.length > 0) throw new CommandFailed([`${file}:`, ...notFinite].join('\n  '));
  return { ...value };
}

interface PlainValue {
  readonly value: unknown;
  readonly notFinite: readonly string[];
}

/** Aliases may make a circle, or a few lines as much as fills the memory (yaml stops at a hundred of what they stand for). */
function plainValue(document: Document, file: string): PlainValue {
  try {
    const value: unknown = document.toJS();
    JSON.stringify(value);
    return { value, notFinite: notFiniteIn(value, '') };
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new CommandFailed(
      `${file} cannot be read: its aliases refer to themselves or to too much (${why})`,
    );
  }
}

/** `.nan`, `.inf` and `1e400`, each by its path as the admin API writes them. */
function notFiniteIn(value: unknown, path: string): readonly string[] {
  if (typeof value === 'number' && !Number.isFinite(value))
    return [`${path}: ${value} is no finite number; no limit is written null`];
  if (Array.isArray(value)) return value.flatMap((item, place) => notFiniteIn(item, `${path}[${place}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    notFiniteIn(member, path === '' ? name : `${path}.${name}`),
  );
}
