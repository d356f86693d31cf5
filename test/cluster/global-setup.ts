// Jest calls this once before the first test file: the run's control plane, and the desk at which files ask for Redis and
// PostgreSQL.
import globalServers, { closeServerDesk } from '../servers/global-setup.ts';
import { ControlPlane } from './control-plane/control-plane.ts';
import { programsIn } from './programs/control-plane-programs.ts';

/** Set by main.ts: where the programs are. */
export const PROGRAMS_FOLDER = 'ROPEWAY_TEST_CLUSTER_PROGRAMS';
/** Set here for the processes that run test files: where the control plane says what it is. */
export const CLUSTER_FOLDER = 'ROPEWAY_TEST_CLUSTER';

let plane: ControlPlane | null = null;

export default async function globalSetup(): Promise<void> {
  const programs = process.env[PROGRAMS_FOLDER];
  if (programs === undefined) throw new Error('no programs of a control plane: npm run test:cluster');
  await globalServers();
  plane = await ControlPlane.start(programsIn(programs));
  process.env[CLUSTER_FOLDER] = plane.cluster.site.folder;
}

/** Jest loads the tear-down as a module of its own; this is how it reaches what runs. */
export async function stopAll(): Promise<void> {
  await plane?.stop();
  await closeServerDesk();
}
