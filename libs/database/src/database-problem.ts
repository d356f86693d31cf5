// A database that can't be used as it stands. The message is one line for whoever operates Ropeway, and says what to do.
type DatabaseProblemCode = 'in_use' | 'unusable_folder' | 'not_migrated' | 'other_schema' | 'too_slow';

export class DatabaseProblem extends Error {
  readonly code: DatabaseProblemCode;

  constructor(code: DatabaseProblemCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DatabaseProblem';
    this.code = code;
  }
}
