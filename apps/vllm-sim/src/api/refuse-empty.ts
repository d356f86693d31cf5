// A prompt of no tokens. vLLM's engine refuses it, not its front end, so that the head of a stream is out by then (observed).
import type { ServerResponse } from 'node:http';
import type { Prompt } from '../generation/run.ts';
import { badRequest } from '../http/api-error.ts';
import { openStream } from '../http/respond.ts';
import type { VllmSimSettings } from '../options.ts';

/** Whether the answer is given. Throws where it is a status. */
export function refuseEmpty(
  prompts: readonly Prompt[],
  isStream: boolean,
  res: ServerResponse,
  { frontEnd }: VllmSimSettings,
): boolean {
  if (prompts.every(({ ids }) => ids.length > 0)) return false;
  const error = badRequest('The decoder prompt cannot be empty');
  if (!isStream || frontEnd === 'rust') throw error;
  openStream(res);
  res.end(error.event());
  return true;
}
