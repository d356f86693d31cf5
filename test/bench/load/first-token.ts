// The time from sending a streamed request to its first frame, read to the end.
import { Agent, type IncomingHttpHeaders, request } from 'node:http';

interface FirstToken {
  readonly ms: number;
  readonly headers: IncomingHttpHeaders;
}

interface Asked {
  readonly port: number;
  /** `name: value` lines. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

/** One connection a place, kept: connecting is not what is measured. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Rejects when the answer is not a whole stream. */
export function firstToken({ port, headers, body }: Asked): Promise<FirstToken> {
  const { promise, resolve, reject } = Promise.withResolvers<FirstToken>();
  const startMs = performance.now();
  const options = { agent, port, host: '127.0.0.1', path: '/v1/chat/completions', method: 'POST' };
  const asked = request({ ...options, headers: headersOf(headers, body) }, (response) => {
    let text = '';
    let ms = 0;
    response.setEncoding('utf8');
    response.on('data', (piece: string) => {
      text += piece;
      if (ms === 0 && text.includes('data: {')) ms = performance.now() - startMs;
    });
    response.on('end', () => {
      if (text.includes('data: [DONE]')) resolve({ ms, headers: response.headers });
      else reject(new Error(`no stream but ${response.statusCode}: ${text.slice(0, 300)}`));
    });
    response.on('error', reject);
  });
  asked.on('error', reject);
  asked.end(body);
  return promise;
}

function headersOf(lines: readonly string[], body: Buffer): Record<string, string> {
  const pairs = lines.map((line) => line.split(': ', 2)).map(([name = '', value = '']) => [name, value]);
  return {
    ...Object.fromEntries(pairs),
    'content-type': 'application/json',
    'content-length': String(body.length),
  };
}
