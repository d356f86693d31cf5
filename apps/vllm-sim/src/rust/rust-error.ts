// A refusal in the words of vLLM's Rust front end: other type names, and a code that is a string (observed on 0.32).
import type { ApiError } from '../http/api-error.ts';

export function rustErrorBody(error: ApiError): string {
  const { code, type } = kindOf(error);
  return JSON.stringify({ error: { message: messageOf(error), type, param: paramOf(error), code } });
}

function kindOf({ status, type }: ApiError): { readonly code: string; readonly type: string } {
  if (status >= 500) return { code: 'server_error', type: 'server_error' };
  if (status === 404) return { code: 'model_not_found', type: 'invalid_request_error' };
  // What pydantic would find is a matter of parsing there.
  const code = type === 'Bad Request' ? 'json_parse_error' : 'invalid_request_error';
  return { code, type: 'invalid_request_error' };
}

/** Parameters are named for an unknown model and for `n` only, and no list of aliases follows. */
function paramOf({ status, param }: ApiError): string | null {
  return status === 404 || param === 'n' ? param : null;
}

function messageOf({ status, message }: ApiError): string {
  if (status === 404) return message.replace(/ Valid aliases: .*$/, '');
  return message.replace(/ \(parameter=.*\)$/, '');
}
