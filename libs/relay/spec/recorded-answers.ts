// Answers recorded from real vLLM servers (test/fixtures/vllm-golden), as the relay's specs need them.
import { readdirSync, readFileSync } from 'node:fs';

const folder = new URL('../../../test/fixtures/vllm-golden/', import.meta.url);
const PATHS = new Set(['/v1/chat/completions', '/v1/completions']);

export interface Recorded {
  /** As in `a/stream_basic`. */
  readonly name: string;
  readonly kind: 'chat' | 'text';
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Every recorded answer to a chat or text completion. */
export function recordedAnswers(): Recorded[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name: server }) =>
      readdirSync(new URL(`${server}/`, folder)).map((file) => `${server}/${file}`),
    )
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap(read);
}

export function recordedStreams(): Recorded[] {
  return recordedAnswers().filter(({ contentType }) => contentType.startsWith('text/event-stream'));
}

export function recorded(name: string): Recorded {
  const [answer] = read(`${name}.json`);
  if (!answer) throw new Error(`${name} is no recorded completion`);
  return answer;
}

function read(name: string): Recorded[] {
  const { request, response } = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
  if (!PATHS.has(request?.path) || typeof response?.body !== 'string') return [];
  const headers = new Map<string, string>(response.headers);
  return [
    {
      name: name.replace(/\.json$/, ''),
      kind: request.path === '/v1/completions' ? 'text' : 'chat',
      status: response.status,
      contentType: headers.get('content-type') ?? '',
      body: response.body,
    },
  ];
}
