// One streamed answer as a client sees it, with the times a test prints.
import { CHAT, type FrontDoor, open } from '../../e2e/harness/ask.ts';
import { chunksOf } from '../../e2e/harness/read-stream.ts';

interface Streamed {
  readonly status: number;
  readonly headers: Headers;
  /** Comments among the frames: what a waiting client is told. */
  readonly comments: readonly string[];
  readonly tokens: number;
  readonly isWhole: boolean;
  readonly text: string;
  readonly firstTokenMs: number | null;
}

interface StreamTerms {
  readonly signal?: AbortSignal;
  /** Told every comment as it comes. */
  onComment?(comment: string): void;
}

/** Reads to the end; never rejects for what the server did, only for a connection that broke. */
export async function streamed(
  door: FrontDoor,
  body: Readonly<Record<string, unknown>>,
  { signal, onComment = () => undefined }: StreamTerms = {},
): Promise<Streamed> {
  const startMs = performance.now();
  const response = await open(door, CHAT, { ...body, stream: true }, signal ? { signal } : {});
  const frames: string[] = [];
  let firstTokenMs: number | null = null;
  for await (const frame of framesOf(response)) {
    frames.push(frame);
    if (frame.startsWith(':')) onComment(frame);
    if (frame.startsWith('data: {') && hasToken(frame)) firstTokenMs ??= performance.now() - startMs;
  }
  return {
    status: response.status,
    headers: response.headers,
    comments: frames.filter((frame) => frame.startsWith(':')),
    tokens: frames.filter(hasToken).length,
    isWhole: frames.at(-1) === 'data: [DONE]' && !frames.some((frame) => frame.includes('"error"')),
    text: frames.join('\n\n'),
    firstTokenMs,
  };
}

async function* framesOf(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  const decoder = new TextDecoder();
  let held = '';
  for await (const bytes of response.body) {
    held += decoder.decode(bytes, { stream: true });
    for (let end = held.indexOf('\n\n'); end >= 0; end = held.indexOf('\n\n')) {
      yield held.slice(0, end);
      held = held.slice(end + 2);
    }
  }
  if (held.trim() !== '') yield held.trim();
}

function hasToken(frame: string): boolean {
  // An error in the middle of a stream is a frame, too.
  if (!frame.startsWith('data: {') || frame.startsWith('data: {"error"')) return false;
  return chunksOf([frame]).some(({ choices }) =>
    choices.some(({ delta }) => Boolean(delta.content || delta.reasoning || delta.reasoning_content)),
  );
}
