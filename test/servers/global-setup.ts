// Jest calls this once before the first test file: it opens the desk at which files ask for servers. Nothing is started
// here, so that a run of pure specs waits for nothing.
import { openServerDesk, type ServerDesk } from './server-desk.ts';
import { DESK } from './shared-servers.ts';

let desk: ServerDesk | null = null;

/** Every project of the configuration names it, so it is called once for each; one desk serves all. */
export default async function globalSetup(): Promise<void> {
  if (process.env[DESK] !== undefined) return;
  desk = await openServerDesk();
  process.env[DESK] = desk.url;
}

/** Jest loads the tear-down as a module of its own; this is how it reaches the desk. */
export async function closeServerDesk(): Promise<void> {
  await desk?.close();
  desk = null;
}
