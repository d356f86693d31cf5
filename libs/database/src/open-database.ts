// The one call: opens PostgreSQL or the embedded twin behind the same port.
import type { Database, DatabaseEvent, DatabaseOptions } from './database.ts';
import { openEmbedded } from './embedded-database.ts';
import { PostgresDatabase } from './postgres-database.ts';

interface OpenTerms {
  /** Gives up opening; an open database is ended by its `close`. */
  readonly signal: AbortSignal;
  readonly log?: (event: DatabaseEvent) => void;
  /**
   * No statement reaches PostgreSQL before its schema was seen to be one of ours, however late it comes back: until then each
   * rejects with a `DatabaseProblem`, `other_schema`. The embedded database is migrated by its process and takes no notice.
   */
  readonly refusesOtherSchemas?: boolean;
}

/**
 * PostgreSQL is not asked for anything yet: a gateway starts while it is away (decisions L5). The embedded database is opened
 * (about 0.2 s, two seconds the first time) and rejects with a `DatabaseProblem` when another process has it.
 */
export async function openDatabase(options: DatabaseOptions, terms: OpenTerms): Promise<Database> {
  terms.signal.throwIfAborted();
  const log = terms.log ?? (() => {});
  if (options.kind === 'embedded') return openEmbedded(options.folder, terms.signal);
  return new PostgresDatabase(options, { log, refusesOtherSchemas: terms.refusesOtherSchemas ?? false });
}
