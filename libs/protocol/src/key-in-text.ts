// Keys in text from outside, where they do not belong: pasted as a request id, a model, a setting. One expression for all who
// would repeat such text to people.

/**
 * A caller's key, an admin's, and the `sk-…` of OpenAI and vLLM. Ours count wherever they stand, for `\b` sees no edge between
 * `key_` and `rw_`; `sk-` does not within a word, as in `task-9`.
 */
const KEY = /(rwa_|rw_[a-z]+_|(?<![A-Za-z\d])sk-)[\w-]+/g;

export function holdsKey(text: string): boolean {
  return mayHoldKey(text) && text.search(KEY) !== -1;
}

export function withoutKeys(text: string): string {
  return mayHoldKey(text) ? text.replace(KEY, '$1[redacted]') : text;
}

/** Asked of each request's texts, nearly none of which hold one: two searches for plain text cost less than the expression. */
function mayHoldKey(text: string): boolean {
  return text.includes('rw') || text.includes('sk-');
}
