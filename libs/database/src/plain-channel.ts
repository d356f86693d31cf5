// Names of channels stand in statements as they are (LISTEN takes no parameters, and PGlite doesn't quote them): only names
// that need no quotes are taken. They come from our own code, never from outside.
const PLAIN = /^[a-z][a-z0-9_]{0,62}$/;

/** Throws for a name that would have to be quoted. */
export function plainChannel(channel: string): string {
  if (!PLAIN.test(channel)) throw new RangeError(`not a plain name of a channel: ${JSON.stringify(channel)}`);
  return channel;
}
