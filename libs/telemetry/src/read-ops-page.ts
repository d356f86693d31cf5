// The other side of ops-server.ts: one page of another process's ops port, read to its end and bounded.

/** 500 workers in `/demand` are 25 KB, twenty records of requests 60. */
const MAX_PAGE_BYTES = 4 * 1024 * 1024;

export interface OpsPage {
  readonly status: number;
  /** null: more than MAX_PAGE_BYTES. */
  readonly text: string | null;
}

/** Rejects as fetch does, and when the signal aborts. Node's fetch keeps the connection between two questions. */
export async function readOpsPage(url: string, signal: AbortSignal): Promise<OpsPage> {
  const response = await fetch(url, { signal, redirect: 'manual' });
  return { status: response.status, text: await boundedText(response) };
}

/** Read to its end, or the connection is not used again. */
async function boundedText(response: Response): Promise<string | null> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > MAX_PAGE_BYTES) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces, bytes).toString('utf8');
}

/** fetch says only "fetch failed"; its cause says why. */
export function fetchFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error && error.cause.message !== '' ? error.cause.message : error.message;
}
