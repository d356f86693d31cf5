// The gateway as a caller sees it, with a caller's key.
import { existsSync } from 'node:fs';
import * as z from 'zod';
import { failureCode } from '../admin/describe-problem.ts';
import { withProgress } from '../output/progress.ts';
import { withoutControls } from '../output/wrap-text.ts';
import { readTextFile } from '../read-text-file.ts';
import { CommandFailed, type Terminal } from '../terminal.ts';

export interface GatewayOptions {
  readonly url?: string;
  readonly keyFile?: string;
}

const DEFAULT_URL = 'http://127.0.0.1:8080';
/** Where `npm run up` keeps the key it made. */
const DEFAULT_KEY_FILE = '.ropeway/key';
/** Counting a prompt of a whole window takes well under a second. */
const TIMEOUT_MS = 30_000;

export function gatewayClient({ url, keyFile }: GatewayOptions, terminal: Terminal): GatewayClient {
  const { env } = terminal;
  // Clients are given the address with or without /v1.
  const origin = (url ?? (env.ROPEWAY_URL || DEFAULT_URL)).replace(/\/+$/, '').replace(/\/v1$/, '');
  return new GatewayClient(origin, callerKey(keyFile, env.ROPEWAY_API_KEY ?? ''), terminal);
}

function callerKey(keyFile: string | undefined, fromEnvironment: string): string {
  if (keyFile !== undefined) return readTextFile(keyFile).trim();
  if (fromEnvironment !== '') return fromEnvironment;
  if (existsSync(DEFAULT_KEY_FILE)) return readTextFile(DEFAULT_KEY_FILE).trim();
  throw new CommandFailed(
    `no key: put one into ROPEWAY_API_KEY, or name its file with --key-file (\`ropeway key create --tenant <id>\` makes one)`,
  );
}

interface GatewayAsk {
  /** JSON; makes it a POST. */
  readonly body?: string;
  readonly pool?: string | undefined;
}

export class GatewayClient {
  readonly url: string;
  readonly #key: string;
  readonly #terminal: Terminal;

  constructor(url: string, key: string, terminal: Terminal) {
    this.url = url;
    this.#key = key;
    this.#terminal = terminal;
  }

  /** The JSON of a good answer. Throws CommandFailed for every other. */
  async ask(path: string, ask: GatewayAsk = {}): Promise<unknown> {
    const { status, text } = await withProgress(this.#terminal, `asking ${this.url}`, () =>
      this.#fetch(path, ask),
    );
    if (status !== 200) throw new CommandFailed(this.#refusal(status, text));
    try {
      return JSON.parse(text);
    } catch {
      throw new CommandFailed(`${this.url} does not answer with JSON: check --url or ROPEWAY_URL`);
    }
  }

  async #fetch(path: string, { body, pool }: GatewayAsk): Promise<{ status: number; text: string }> {
    try {
      const response = await fetch(this.url + path, {
        method: body === undefined ? 'GET' : 'POST',
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          authorization: `Bearer ${this.#key}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(pool === undefined ? {} : { 'x-ropeway-pool': pool }),
        },
        ...(body === undefined ? {} : { body }),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      throw new CommandFailed(
        `cannot ask the gateway at ${this.url} (${failureCode(error)}): start it (npm run up), or name it with --url or ROPEWAY_URL`,
      );
    }
  }

  #refusal(status: number, text: string): string {
    const parsed = fault.safeParse(jsonOrNull(text));
    if (!parsed.success) return `${this.url} answered with status ${status}: check --url or ROPEWAY_URL`;
    const { code, message } = parsed.data.error;
    const advice = status === 401 ? '\nCheck the key: `ropeway key list` shows which ones are active.' : '';
    return withoutControls(`${message} (${code})`) + advice;
  }
}

const fault = z.object({
  error: z.object({ message: z.string(), code: z.union([z.string(), z.number()]).nullable() }),
});

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
