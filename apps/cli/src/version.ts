// The version of this build, from the nearest package.json (dist has one of its own).
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';

const manifest = z.object({ version: z.string() });

export const version = versionAbove(import.meta.dirname);

function versionAbove(folder: string): string {
  try {
    return manifest.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).version;
  } catch {
    // No package.json here: look one folder up.
    const parent = dirname(folder);
    return parent === folder ? 'unknown' : versionAbove(parent);
  }
}
