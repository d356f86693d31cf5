// The admin API as the commands see it: one request, one answer, and every way to fail as a sentence that says what to do.
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { withProgress } from '../output/progress.ts';
import { CommandFailed, type Terminal } from '../terminal.ts';
import { type AdminAccess, type AdminOptions, adminAccess } from './admin-access.ts';
import { describeProblem, describeUnreachable, isWorthRepeating } from './describe-problem.ts';

export interface AdminAsk {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the admin URL, as in `/admin/tenants`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Version the change was made from: refused (412) when somebody else changed it meanwhile. */
  readonly ifVersion?: number;
  readonly accept?: string;
}

/** Of the whole exchange; exports stream for longer and are bounded by silence instead. */
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

  /** The JSON of a good answer. Throws CommandFailed for every other. */
  async json(ask: AdminAsk): Promise<unknown> {
    const response = await this.open(ask);
    const text = await response.text();
    try {
      return text === '' ? null : JSON.parse(text);
    } catch {
      throw new CommandFailed(
        `${this.url} did not answer with JSON: is that the admin API (port 8081), not the gateway (8080)?`,
      );
    }
  }

  /**
   * A good answer whose body is still to be read. Every POST carries an Idempotency-Key, so that a try whose answer got
   * lost is repeated without doing anything twice.
   */
  async open(ask: AdminAsk): Promise<Response> {
    const idempotencyKey = randomUUID();
    return withProgress(this.#terminal, `asking ${this.url}`, async () => {
      for (let tryNumber = 1; ; tryNumber += 1) {
        const answer = await this.#try(ask, idempotencyKey);
        if (answer instanceof Response && answer.ok) return answer;
        const mayRepeat = tryNumber < TRIES && isRepeatable(ask) && isWorthRepeating(answer);
        if (!mayRepeat) throw await this.#failure(answer);
        await wait(REPEAT_AFTER_MS * tryNumber);
      }
    });
  }

  async #try(ask: AdminAsk, idempotencyKey: string): Promise<Response | { readonly error: unknown }> {
    try {
      return await fetch(this.#address(ask), {
        method: ask.method,
        headers: this.#headers(ask, idempotencyKey),
        // The key must not follow a redirect to who knows where.
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
      });
    } catch (error) {
      return { error };
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

  async #failure(answer: Response | { readonly error: unknown }): Promise<CommandFailed> {
    if (!(answer instanceof Response)) return new CommandFailed(describeUnreachable(this.url, answer.error));
    const text = await answer.text().catch(() => '');
    return new CommandFailed(describeProblem(answer.status, text, this.#access));
  }
}

/** PUT, PATCH and DELETE carry a version or replace the whole: a second try changes nothing more, but may be told so. */
function isRepeatable({ method }: AdminAsk): boolean {
  return method === 'GET' || method === 'POST';
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\./.test(hostname);
}
