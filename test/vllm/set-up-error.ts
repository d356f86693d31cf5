// Something this machine lacks. The message is the one sentence that says what, and how to go on without.

export class SetUpError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SetUpError';
  }
}
