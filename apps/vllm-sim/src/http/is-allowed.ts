// vLLM's --api-key: a bearer token, asked for on these prefixes only; /tokenize and /metrics stay open.
import type { IncomingMessage } from 'node:http';

const guarded = ['/v1', '/v2', '/inference', '/cohere'];

export function isAllowed(req: IncomingMessage, path: string, apiKeys: readonly string[]): boolean {
  if (req.method === 'OPTIONS' || apiKeys.length === 0 || !guarded.some((prefix) => path.startsWith(prefix)))
    return true;
  const [scheme = '', key = ''] = (req.headers.authorization ?? '').split(' ');
  return scheme.toLowerCase() === 'bearer' && apiKeys.includes(key);
}
