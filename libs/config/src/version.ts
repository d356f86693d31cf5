// The version of this build, from the nearest package.json (dist has one of its own).
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const version = findVersion(import.meta.dirname);

function findVersion(folder: string): string {
  try {
    const parsed: unknown = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (typeof parsed === 'object' && parsed !== null && 'version' in parsed) return String(parsed.version);
  } catch {
    // No package.json here: look one folder up.
  }
  const parent = dirname(folder);
  return parent === folder ? 'unknown' : findVersion(parent);
}
