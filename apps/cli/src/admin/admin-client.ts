// The admin API as the commands see it: one request, one answer, and every way to fail as a sentence that says what to do.
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { withProgress } from '../output/progress.ts';
import { CommandFailed, type Terminal } from '../terminal.ts';
import { type AdminAccess, type AdminOptions, adminAccess } from './admin-access.ts';
import {
  type Answer,
  describeProblem,
  describeUnreachable,
  failureCode,
  hasNotArrived,
  isStillUnderWay,
  isWorthRepeating,
} from './describe-problem.ts';

interface AdminAsk {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the admin URL, as in `/admin/tenants`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Version the change was made from: refused (412) when somebody else changed it meanwhile. */
  readonly ifVersion?: number;
  readonly accept?: string;
}

/** Of a whole exchange. Exports take longer; they are bounded by silence (undici's own five minutes). */
const TIMEOUT_MS = 30_000;
/** A key in use (409) is still being answered: the first try is soon done. */
const REPEAT_AFTER_MS = 250;
const TRIES = 3;

export function adminClient(options: AdminOptions, terminal: Terminal): AdminClient {
  const access = adminAccess(options, terminal);
  const { protocol, hostname } = new URL(access.url);
  if (protocol === 'http:' && !isLoopback(hostname))
    terminal.err(`warning: the admin key goes to ${hostname} unencrypted; use https or a port-forward`);
  return new AdminClient(access, terminal);
}

export class AdminClient {
  readonly #access: AdminAccess;
  readonly #terminal: Terminal;

  constructor(access: AdminAccess, terminal: Terminal) {
    this.#access = access;
    this.#terminal = terminal;
  }

  get url(): string {
    return this.#access.url;
  }

  /**
   * The JSON of a good answer. Throws CommandFailed for every other. Every POST carries an Idempotency-Key, so that a try whose
   * answer got lost is repeated without doing anything twice.
   */
  async json(ask: AdminAsk): Promise<unknown> {
    const idempotencyKey = randomUUID();
    let cause: Answer | null = null;
    const text = await withProgress(this.#terminal, `asking ${this.url}`, async () => {
      for (let tryNumber = 1; ; tryNumber += 1) {
        const answer = await this.#try(ask, idempotencyKey);
        if ('text' in answer && answer.status < 300) return answer.text;
        const mayRepeat = tryNumber < TRIES && isRepeatable(ask) && isWorthRepeating(answer);
        if (!mayRepeat) throw this.#failureOf(ask, answer, cause);
        if (!isStillUnderWay(answer)) cause ??= answer;
        await wait(REPEAT_AFTER_MS * tryNumber);
      }
    });
    return this.#parsed(text);
  }

  /** The text of a long answer, piece by piece, as it comes. Throws CommandFailed also when it breaks off. */
  async *text(ask: AdminAsk): AsyncGenerator<string> {
    let begun = false;
    try {
      const response = await fetch(this.#address(ask), this.#request(ask, ''));
      if (!response.ok) throw this.#failure(ask, await read(response));
      for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        begun = true;
        yield piece;
      }
    } catch (error) {
      if (error instanceof CommandFailed) throw error;
      if (!begun) throw this.#failure(ask, { error });
      throw new CommandFailed(
        `${this.url} broke off in the middle (${failureCode(error)}): what came is not all`,
      );
    }
  }

  async #try(ask: AdminAsk, idempotencyKey: string): Promise<Answer> {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      return await read(await fetch(this.#address(ask), { ...this.#request(ask, idempotencyKey), signal }));
    } catch (error) {
      return { error };
    }
  }

  #request(ask: AdminAsk, idempotencyKey: string): RequestInit {
    const body = ask.body === undefined ? {} : { body: JSON.stringify(ask.body) };
    // The key must not follow a redirect to who knows where.
    return { method: ask.method, headers: this.#headers(ask, idempotencyKey), redirect: 'error', ...body };
  }

  #parsed(text: string): unknown {
    try {
      return text === '' ? null : JSON.parse(text);
    } catch {
      throw new CommandFailed(
        `${this.url} did not answer with JSON: is that the admin API (port 8081), not the gateway (8080)?`,
      );
    }
  }

  #address({ path, query = {} }: AdminAsk): URL {
    const url = new URL(this.url + path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, value);
    }
    return url;
  }

  #headers(ask: AdminAsk, idempotencyKey: string): Record<string, string> {
    return {
      accept: ask.accept ?? 'application/json',
      authorization: `Bearer ${this.#access.key}`,
      ...(ask.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(ask.method === 'POST' ? { 'idempotency-key': idempotencyKey } : {}),
      ...(ask.ifVersion === undefined ? {} : { 'if-match': `"${ask.ifVersion}"` }),
    };
  }

  /** A key that stayed taken by a try that failed says nothing of why: that try did. */
  #failureOf(ask: AdminAsk, answer: Answer, cause: Answer | null): CommandFailed {
    if (cause === null || !isStillUnderWay(answer)) return this.#failure(ask, answer);
    const { message } = this.#failure(ask, cause);
    return new CommandFailed(message.endsWith(UNKNOWN_END) ? message : `${message}\n${UNKNOWN_END}`);
  }

  #failure(ask: AdminAsk, answer: Answer): CommandFailed {
    if ('status' in answer)
      return new CommandFailed(describeProblem(answer.status, answer.text, this.#access));
    const said = describeUnreachable(this.url, answer.error);
    const isOpen = ask.method !== 'GET' && !hasNotArrived(answer.error);
    return new CommandFailed(isOpen ? `${said}\n${UNKNOWN_END}` : said);
  }
}

const UNKNOWN_END = 'Whether it was done is not known: look with `ropeway audit` before you repeat it.';

async function read(response: Response): Promise<Answer> {
  return {
    status: response.status,
    text: await response.text(),
    mayComeAgain: response.headers.has('retry-after'),
  };
}

/** PUT, PATCH and DELETE carry a version or replace the whole: a second try changes nothing more, but may be told so. */
function isRepeatable({ method }: AdminAsk): boolean {
  return method === 'GET' || method === 'POST';
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}
