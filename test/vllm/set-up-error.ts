// Why it cannot go on, where that is nobody's mistake: something this machine lacks, or Ctrl-C. The message says what, and
// how to go on without.

export class SetUpError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SetUpError';
  }
}
