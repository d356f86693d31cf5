// Which vLLM is it? Its /version, or null where it does not say.
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { json } from 'node:stream/consumers';
import * as z from 'zod';

const TIMEOUT_MS = 3_000;
const answer = z.object({ version: z.string() });

/** `origin` as in http://10.0.0.7:8000. Never rejects. */
export async function askVersion(origin: string, ca: string | null): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const url = new URL('/version', origin);
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const request =
    url.protocol === 'https:'
      ? requestHttps(url, { signal, agent: false, ...(ca === null ? {} : { ca }) })
      : requestHttp(url, { signal, agent: false });
  request.on('error', () => resolve(null));
  request.on('response', (response) => json(response).then(resolve, () => resolve(null)));
  request.end();
  const parsed = answer.safeParse(await promise);
  return parsed.success ? parsed.data.version : null;
}
