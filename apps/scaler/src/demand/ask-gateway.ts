// One question to one gateway: GET /demand, with a deadline. Node's fetch keeps the connection between two questions.
import type { PollAnswer } from '#telemetry';
import { type DemandPage, readDemandPage } from './demand-page.ts';

export type GatewayAnswer =
  | { readonly kind: 'read'; readonly page: DemandPage }
  /** `why` is a sentence's end: "the gateway ...". */
  | { readonly kind: Exclude<PollAnswer, 'read'>; readonly why: string };

/** Several tries must fit into the silence after which a gateway is given up (5 s by default). */
const DEADLINE_MS = 2_000;
/** 500 workers are 25 KB. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;

/** Never rejects. When the signal aborts, the answer is `late`. */
export async function askGateway(url: string, signal: AbortSignal): Promise<GatewayAnswer> {
  const deadline = new AbortController();
  const cancel = () => deadline.abort();
  const timer = setTimeout(cancel, DEADLINE_MS);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await readAnswer(await fetch(`${url}/demand`, { signal: deadline.signal, redirect: 'manual' }));
  } catch (error) {
    if (deadline.signal.aborted) return { kind: 'late', why: `did not answer within ${DEADLINE_MS} ms` };
    return { kind: 'unreachable', why: `cannot be reached (${reasonOf(error)})` };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}

async function readAnswer(response: Response): Promise<GatewayAnswer> {
  const text = await boundedText(response);
  if (response.status !== 200) return { kind: 'refused', why: `answers ${response.status} to GET /demand` };
  if (text === null) return { kind: 'unreadable', why: `answers more than ${MAX_PAGE_BYTES} bytes` };
  const reading = readDemandPage(text);
  return reading.isRead
    ? { kind: 'read', page: reading.page }
    : { kind: 'unreadable', why: `answers ${reading.why}` };
}

/** Read to its end, or the connection is not used again. null: too long. */
async function boundedText(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MAX_PAGE_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}

/** fetch says only "fetch failed"; its cause says why. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
}
