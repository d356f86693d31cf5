// Text that came from outside and is kept for people to read: bounded, and without keys that were pasted where they do not belong.

/** Bounds what a caller (its request id, a model it made up) or an error text can put into a line. */
const MAX_FOREIGN_CHARS = 1000;
/** A key, say as x-request-id: ours, and the `sk-…` of OpenAI and vLLM. */
const KEY = /\b(rw_[a-z]+_|sk-)[\w-]+/g;

export function foreignText(text: string | null): string | null {
  if (text === null) return null;
  const bounded = text.length > MAX_FOREIGN_CHARS ? `${text.slice(0, MAX_FOREIGN_CHARS)}…` : text;
  return bounded.includes('rw_') || bounded.includes('sk-') ? bounded.replace(KEY, '$1[redacted]') : bounded;
}
