// Reads the recorded answers of a real vLLM (test/fixtures/vllm-golden).
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { longBodies } from './long-bodies.ts';
import type { Recorded } from './target.ts';

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface Recording {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Null for an answer of megabytes that was not kept. */
  readonly answer: Answer | null;
}

interface RecordedFile {
  readonly request?: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | null;
    readonly body_base64?: string;
    readonly body_note?: string;
  };
  readonly response: {
    readonly status: number;
    readonly headers: readonly (readonly [string, string])[];
    readonly body?: string;
  };
}

const folder = join(import.meta.dirname, '../../fixtures/vllm-golden');

/** Names of the recorded servers. */
export function recordedFolders(): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

export function recordings(recorded: Recorded): readonly Recording[] {
  return readdirSync(join(folder, recorded))
    .filter((file) => file.endsWith('.json'))
    .sort()
    .flatMap((file) => {
      const content: RecordedFile = JSON.parse(readFileSync(join(folder, recorded, file), 'utf8'));
      const recording = recordingOf(file.replace('.json', ''), content);
      return recording === null ? [] : [recording];
    });
}

/** Null for files that hold something else, and for requests whose megabytes were not kept and cannot be made again. */
function recordingOf(name: string, { request, response }: RecordedFile): Recording | null {
  if (request?.headers === undefined) return null;
  const body = bodyOf(name, request);
  if (body === null) return null;
  const headers = new Map(response.headers.map(([key, value]) => [key.toLowerCase(), value]));
  const answer =
    response.body === undefined ? null : { status: response.status, headers, body: response.body };
  return { name, method: request.method, path: request.path, headers: request.headers, body, answer };
}

function bodyOf(name: string, request: NonNullable<RecordedFile['request']>): Buffer | null {
  if (request.body_base64 !== undefined) return Buffer.from(request.body_base64, 'base64');
  if (request.body_note === undefined) return Buffer.from(request.body ?? '');
  const body = longBodies.get(name);
  const recordedBytes = Number.parseInt(request.body_note, 10);
  if (body === undefined) return null;
  if (body.length !== recordedBytes)
    throw new Error(`${name}: ${body.length} bytes made, ${recordedBytes} recorded`);
  return body;
}
