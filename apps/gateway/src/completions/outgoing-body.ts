// The body as the worker gets it: the client's bytes, with at most four members changed.
import type { CompletionRequest } from '#protocol';

const USAGE = '{"include_usage":true}';
const CONTINUOUS_USAGE = '{"include_usage":true,"continuous_usage_stats":true}';

/** Unchanged bytes are shared with the client's body, not copied. */
export function outgoingBody(
  request: CompletionRequest,
  servedName: string,
  clippedOutput: number | null,
): readonly Buffer[] {
  const changes = new Map<string, string>();
  if (request.model !== servedName) changes.set('model', JSON.stringify(servedName));
  // Usage is how an answer is charged, so every stream has to report it; the chunk is hidden from who did not ask.
  if (request.stream && !request.wantsUsage)
    changes.set('stream_options', request.wantsContinuousUsage ? CONTINUOUS_USAGE : USAGE);
  if (clippedOutput !== null && request.statedOutput)
    changes.set(request.statedOutput.source, String(clippedOutput));
  return request.body.splice(changes);
}
