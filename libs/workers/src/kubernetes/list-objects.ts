// The whole list of a resource, page by page.
import type { Readable } from 'node:stream';
import { ApiFailure, asFailure } from './api-failure.ts';
import type { Cluster } from './cluster.ts';

interface ListQuestion {
  readonly path: string;
  readonly selector: string;
  readonly pageObjects: number;
  readonly maxPageBytes: number;
}

interface ObjectList {
  /** As of this moment; a watch goes on from here. */
  readonly resourceVersion: string;
  readonly items: readonly unknown[];
}

/** `page` runs one page under its deadline. Rejects with an ApiFailure; a page list that expired half-way, too. */
export async function listObjects(
  cluster: Cluster,
  question: ListQuestion,
  page: <T>(run: (signal: AbortSignal) => Promise<T>) => Promise<T>,
): Promise<ObjectList> {
  const items: unknown[] = [];
  let from = '';
  for (;;) {
    const path = pagePath(question, from);
    const { resourceVersion, next, objects } = await page(async (signal) =>
      parsePage(await readWhole(await cluster.get(path, signal), question.maxPageBytes)),
    );
    items.push(...objects);
    if (next === '') return { resourceVersion, items };
    from = next;
  }
}

/** Without a resourceVersion: the latest, not what a server that has just started may still have cached. */
function pagePath({ path, selector, pageObjects }: ListQuestion, from: string): string {
  const query = new URLSearchParams({ limit: String(pageObjects) });
  if (selector !== '') query.set('labelSelector', selector);
  if (from !== '') query.set('continue', from);
  return `${path}?${query}`;
}

async function readWhole(body: Readable, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > maxBytes)
        throw new ApiFailure('unreadable', `a page of the list is longer than ${maxBytes} bytes`);
    }
  } catch (error) {
    throw asFailure(error, 'broken');
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}

interface Page {
  readonly resourceVersion: string;
  readonly next: string;
  readonly objects: readonly unknown[];
}

function parsePage(text: string): Page {
  const list = parseList(text);
  const resourceVersion = list?.metadata?.resourceVersion;
  const next = list?.metadata?.continue ?? '';
  // `items` is null in an empty list of some servers.
  const objects = list?.items ?? [];
  if (typeof resourceVersion !== 'string' || typeof next !== 'string' || !Array.isArray(objects)) {
    throw new ApiFailure('unreadable', 'the list is no Kubernetes list');
  }
  return { resourceVersion, next, objects };
}

interface RawList {
  readonly metadata?: { readonly resourceVersion?: unknown; readonly continue?: unknown };
  readonly items?: unknown;
}

function parseList(text: string): RawList | null {
  try {
    return JSON.parse(text) as RawList | null;
  } catch (error) {
    throw asFailure(error, 'unreadable');
  }
}
