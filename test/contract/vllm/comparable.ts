// An answer without what differs between two runs of the same server: ids, times, fingerprints, cache state, ports.
import type { Answer } from './recording.ts';

interface Comparable {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** One value of an answer; every frame of a stream; the text where it is neither. */
  readonly body: unknown;
}

/** Headers a gateway may act on; `content-length` and `date` follow from the rest. */
const comparedHeaders = ['content-type', 'transfer-encoding', 'allow', 'vary', 'endpoint-load-metrics'];

export function comparable(answer: Answer): Comparable {
  const present = comparedHeaders.flatMap((name) => {
    const value = answer.headers.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  const id = answer.headers.get('x-request-id');
  const requestId = id === undefined ? {} : { 'x-request-id': id.replace(/^[0-9a-f-]{32,36}$/, '<id>') };
  return {
    status: answer.status,
    headers: { ...Object.fromEntries(present), ...requestId },
    body: bodyOf(answer),
  };
}

/** A refusal without its sentence and the parameter it names. */
export function withoutWords({ body, ...rest }: Comparable): Comparable {
  const { error } = Object(body);
  return { ...rest, body: { error: { ...Object(error), message: '<words>', param: '<words>' } } };
}

function bodyOf({ headers, body }: Answer): unknown {
  const type = headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) return body.split('\n\n').map(frameOf);
  // A HEAD has the headers of a body and none.
  return type.startsWith('application/json') && body !== '' ? normalise(JSON.parse(body), '') : body;
}

/** The frame's own spelling is compared too: key order and spaces, with the values that vary blanked. */
function frameOf(frame: string): unknown {
  if (!frame.startsWith('data: {')) return frame;
  return { data: JSON.stringify(normalise(JSON.parse(frame.slice('data: '.length)), '')) };
}

const varying: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['created', 0],
  ['system_fingerprint', '<fingerprint>'],
  ['root', '<path>'],
  ['version', '<version>'],
  ['cached_tokens', '<cache>'],
  ['created_cache_tokens', '<cache>'],
  ['logprob', '<logprob>'],
  ['top_logprobs', '<logprobs>'],
  ['token_logprobs', '<logprobs>'],
]);

function normalise(value: unknown, key: string): unknown {
  if (Array.isArray(value) && !varying.has(key)) return value.map((item) => normalise(item, ''));
  if (value === null) return null;
  if (varying.has(key)) return varying.get(key);
  if (key === 'id' && typeof value === 'string')
    return value
      .replace(/^(chatcmpl-tool-|chatcmpl-|cmpl-|modelperm-)[0-9a-f]{16}$/, '$1<id>')
      .replace(/^(chatcmpl-|cmpl-)[0-9a-f]{8}$/, '$1<short id>');
  if (key === 'metrics' && typeof value === 'object') return Object.keys(value);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, normalise(item, name)]));
}
