// An empty PGlite folder to copy. PGlite makes one in 4 to 7 s (initdb in WebAssembly, 700 MB), opens a copy in half a
// second; so the first run makes it, in a process of its own, and later ones find it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const MODULES = join(import.meta.dirname, '..', '..', 'node_modules');
/** Where tools of the ecosystem keep what may go at any time; npm ci empties it. */
const CACHE = join(MODULES, '.cache', 'ropeway');
const MAKE = `
  const { PGlite } = await import('@electric-sql/pglite');
  const db = new PGlite(process.argv[1]);
  await db.waitReady;
  await db.close();
`;

/** Folder of the template for the PGlite that is installed. */
export async function embeddedTemplate(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(MODULES, '@electric-sql/pglite/package.json'), 'utf8'));
  const template = join(CACHE, `pglite-${version}`);
  if (existsSync(template)) return template;
  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(join(CACHE, 'unfinished-'));
  try {
    await make(unfinished);
    // In one step, so that whoever sees it sees all of it.
    renameSync(unfinished, template);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Another run may have been quicker.
    if (!existsSync(template)) throw error;
  }
  return template;
}

async function make(folder: string): Promise<void> {
  const args = ['--input-type=module', '--eval', MAKE, folder];
  const child = spawn(process.execPath, args, { cwd: MODULES, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`PGlite could not make a folder: its process ended with ${code}`);
}
