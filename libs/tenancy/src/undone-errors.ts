// Errors after which it is sure that nothing was written: no COMMIT had been sent. Of others it is not known; a connection may
// break, or a server end, between the commit and the word of it. The errors stay what they are, so it is noted beside them.
const undone = new WeakSet<object>();

export function noteUndone(error: unknown): void {
  if (typeof error === 'object' && error !== null) undone.add(error);
}

/** Of an error that a write of the registry rejected with. */
export function isUndone(error: unknown): boolean {
  return typeof error === 'object' && error !== null && undone.has(error);
}
