// A database may be away when a process starts, and be of another release when it comes back (decisions L8): so its schema is
// looked at before the first statement that reaches it, whenever that is, and nothing is read or written until it fits.
import type { Kysely } from 'kysely';
import { checkSchema } from './check-schema.ts';
import type { DatabaseEvent } from './database.ts';
import { DatabaseProblem } from './database-problem.ts';
import type { Schema } from './schema.ts';

export class SchemaGate {
  readonly #sql: Kysely<Schema>;
  readonly #tell: (event: DatabaseEvent) => void;
  #isOpen = false;
  #looking: Promise<void> | null = null;
  /** What was told last: callers ask each second, an operator wants to hear it once. */
  #told: string | null = null;

  /** `sql` goes past the gate. */
  constructor(sql: Kysely<Schema>, tell: (event: DatabaseEvent) => void) {
    this.#sql = sql;
    this.#tell = tell;
  }

  /** Once open it stays open: migrations of a database in use keep to what the release before can use. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** One look for all who wait. Rejects with a `DatabaseProblem` while the schema does not fit, with the cause while it is away. */
  pass(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    if (this.#isOpen) return;
    const check = await checkSchema({ sql: this.#sql });
    if (!check.ok) {
      if (this.#told !== check.message) this.#tell({ kind: 'schema_refused', message: check.message });
      this.#told = check.message;
      throw new DatabaseProblem('other_schema', check.message);
    }
    this.#isOpen = true;
    if (this.#told !== null) this.#tell({ kind: 'schema_fits', version: check.version });
  }
}
