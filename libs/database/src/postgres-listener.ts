// LISTEN on a connection of its own, opened again whenever it breaks. A connection that only waits can't tell a quiet server
// from one that is gone, so it is asked for a sign of life.
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { DatabaseEvent } from './database.ts';
import { jitteredPauseMs } from './jittered-pause.ts';

interface ListenerTerms {
  readonly url: string;
  readonly connectTimeoutMs: number;
  readonly channel: string;
  readonly heard: (payload: string) => void;
  readonly lost: (error: Error) => void;
  readonly log: (event: DatabaseEvent) => void;
  /** Pace of asking for a sign of life, and how long it may take. */
  readonly signOfLifeMs?: number;
  readonly answerMs?: number;
}

/** Both well below the 15 s that a key may be stale with the push path broken (decisions L5). */
const SIGN_OF_LIFE_MS = 5_000;
const ANSWER_MS = 2_000;

export class PostgresListener {
  readonly #terms: ListenerTerms;
  readonly #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(terms: ListenerTerms) {
    this.#terms = terms;
  }

  /** Resolves after the first try, whether it listens or not: where not, `lost` has been called. */
  async start(): Promise<void> {
    const tried = Promise.withResolvers<void>();
    this.#running = this.#keepListening(tried.resolve);
    await tried.promise;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #keepListening(tried: () => void): Promise<void> {
    let failures = 0;
    while (!this.#stopped.signal.aborted) {
      const end = await this.#listenOnce(() => {
        failures = 0;
        tried();
      });
      if (this.#stopped.signal.aborted) break;
      // Once, not at each try: a database may be away for a weekend.
      if (failures === 0) this.#tellLost(end);
      tried();
      await sleep(jitteredPauseMs(failures++), null, { signal: this.#stopped.signal }).catch(() => {});
    }
    tried();
  }

  #tellLost(end: Error): void {
    this.#terms.log({ kind: 'listener_lost', channel: this.#terms.channel, message: end.message });
    this.#terms.lost(end);
  }

  /** One connection, from first to last. Gives back what ended it. */
  async #listenOnce(listening: () => void): Promise<Error> {
    const socket = new Socket();
    const client = new pg.Client(clientConfig(this.#terms, socket));
    const ended = Promise.withResolvers<Error>();
    client.on('error', ended.resolve);
    client.on('end', () => ended.resolve(new Error('the server ended the connection')));
    client.on('notification', (message) => this.#terms.heard(message.payload ?? ''));
    const stop = (): void => ended.resolve(new Error('stopped'));
    this.#stopped.signal.addEventListener('abort', stop);
    try {
      const begun = this.#begin(client).then(listening);
      // Whichever is first; the other one's rejection, after the socket went, is of no interest.
      begun.catch(() => {});
      const early = await Promise.race([begun, ended.promise]);
      return early ?? (await untilSilent(client, ended.promise, this.#terms.signOfLifeMs ?? SIGN_OF_LIFE_MS));
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      this.#stopped.signal.removeEventListener('abort', stop);
      // Not `end()`, which waits for an answer that a server behind a broken line never gives.
      socket.destroy();
    }
  }

  async #begin(client: pg.Client): Promise<void> {
    await client.connect();
    await client.query(`LISTEN ${this.#terms.channel}`);
  }
}

function clientConfig(terms: ListenerTerms, socket: Socket): pg.ClientConfig {
  return {
    connectionString: terms.url,
    application_name: 'ropeway-listen',
    connectionTimeoutMillis: terms.connectTimeoutMs,
    query_timeout: terms.answerMs ?? ANSWER_MS,
    keepAlive: true,
    stream: () => socket,
  };
}

/** Asks for a sign of life from time to time; throws when none comes. */
async function untilSilent(client: pg.Client, ended: Promise<Error>, paceMs: number): Promise<Error> {
  for (;;) {
    const end = await Promise.race([ended, sleep(paceMs, null, { ref: false })]);
    if (end !== null) return end;
    await client.query('SELECT 1');
  }
}
