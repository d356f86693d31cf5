// The body as the worker gets it: the client's bytes, with at most four members changed.
import type { CountedRequest } from '#protocol';

const USAGE = '{"include_usage":true}';

/** Unchanged bytes are shared with the client's body, not copied. */
export function outgoingBody(
  request: CountedRequest,
  servedName: string,
  output: number | null,
  salt: string | null,
): readonly Buffer[] {
  const changes = new Map<string, string>();
  if (request.model !== servedName) changes.set('model', JSON.stringify(servedName));
  // Usage is how an answer is charged, so every stream has to report it; the chunk is hidden from who did not ask.
  if (request.stream && !request.wantsUsage) changes.set('stream_options', USAGE);
  if (output !== null) changes.set(request.statedOutput?.source ?? 'max_tokens', String(output));
  if (salt !== null) changes.set('cache_salt', JSON.stringify(salt));
  return request.body.splice(changes);
}
