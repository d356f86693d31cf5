// Reads vLLM's `usage` member. Forms differ by version: details may be missing, null, or lack a field.
import type { Usage } from '#protocol';
import { MemberCursor, OPEN_BRACE, readCount } from './json-walk.ts';

/** The usage object that starts at `start`; null when it is not an object with both counts. */
export function readUsage(bytes: Uint8Array, start: number, end: number): Usage | null {
  if (bytes[start] !== OPEN_BRACE) return null;
  let promptTokens: number | null = null;
  let completionTokens: number | null = null;
  let cachedTokens: number | null = null;
  let reasoningTokens: number | null = null;
  const members = new MemberCursor().enter(bytes, start, end);
  while (members.next()) {
    const { valueStart, valueEnd } = members;
    if (members.isKey('prompt_tokens')) promptTokens = readCount(bytes, valueStart, valueEnd);
    else if (members.isKey('completion_tokens')) completionTokens = readCount(bytes, valueStart, valueEnd);
    else if (members.isKey('prompt_tokens_details'))
      cachedTokens = readDetail(bytes, valueStart, valueEnd, 'cached_tokens');
    else if (members.isKey('completion_tokens_details'))
      reasoningTokens = readDetail(bytes, valueStart, valueEnd, 'reasoning_tokens');
  }
  if (promptTokens === null) return null;
  // vLLM leaves completion_tokens out of (or null in) usage of answers without output.
  return { promptTokens, completionTokens: completionTokens ?? 0, cachedTokens, reasoningTokens };
}

function readDetail(bytes: Uint8Array, start: number, end: number, name: string): number | null {
  if (bytes[start] !== OPEN_BRACE) return null;
  const members = new MemberCursor().enter(bytes, start, end);
  while (members.next()) {
    if (members.isKey(name)) return readCount(bytes, members.valueStart, members.valueEnd);
  }
  return null;
}
