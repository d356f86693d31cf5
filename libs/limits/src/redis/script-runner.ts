// Asks the script. What one turn of the event loop asks goes as one command: at a thousand requests a second that is no wait for
// anybody, and under load a command's cost, here and at the server, is shared by all who ask (docs/adr/0014).
import { LIMIT_SCRIPT, LIMIT_SCRIPT_HASH } from './limit-script.ts';
import type { RedisConnection, RedisStore } from './redis-store.ts';
import { type BatchTerms, ScriptBatch, type ScriptClock, SERVERS_CLOCK } from './script-batch.ts';
import { replyNumbers, type ScriptCall, ScriptReply } from './script-call.ts';

interface ScriptRunnerOptions extends BatchTerms {
  readonly store: RedisStore;
  /** A command's keys have to be of one tenant. */
  readonly isCluster: boolean;
  /** null: the server's clock. */
  readonly now: (() => ScriptClock) | null;
}

interface Asked {
  readonly call: ScriptCall;
  readonly resolve: (reply: ScriptReply | null) => void;
}

interface Gathering {
  /** null: of all. */
  readonly tenant: string | null;
  readonly batch: ScriptBatch;
  readonly asked: Asked[];
}

export class ScriptRunner {
  readonly #options: ScriptRunnerOptions;
  /** One, or on a cluster one a tenant. */
  #gathering: Gathering[] = [];
  #isScheduled = false;
  /** Commands sent and not answered yet. */
  #underWay = 0;

  constructor(options: ScriptRunnerOptions) {
    this.#options = options;
  }

  /** null: Redis did not answer in time, or refused. Never rejects. Calls of a tenant are run in the order they came. */
  run(call: ScriptCall): Promise<ScriptReply | null> {
    const { promise, resolve } = Promise.withResolvers<ScriptReply | null>();
    const { batch, asked } = this.#gatheringFor(call);
    batch.add(call);
    asked.push({ call, resolve });
    return promise;
  }

  #gatheringFor({ tenant }: ScriptCall): Gathering {
    const { isCluster, now } = this.#options;
    const name = isCluster ? tenant : null;
    const clock = now?.() ?? SERVERS_CLOCK;
    const at = this.#gathering.findIndex((one) => one.tenant === name);
    const known = this.#gathering[at];
    if (known !== undefined && !known.batch.isFull && known.batch.clock.us === clock.us) return known;
    if (known !== undefined) {
      this.#gathering.splice(at, 1);
      void this.#send(known);
    }
    const fresh = { tenant: name, batch: new ScriptBatch(this.#options, clock), asked: [] };
    this.#gathering.push(fresh);
    this.#schedule();
    return fresh;
  }

  /** With nothing under way at once; else after everything that is ready has been read: the whole turn goes together. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (this.#underWay === 0) queueMicrotask(() => this.#sendAll());
    else setImmediate(() => this.#sendAll());
  }

  #sendAll(): void {
    this.#isScheduled = false;
    for (const one of this.#gathering.splice(0)) void this.#send(one);
  }

  async #send({ batch, asked }: Gathering): Promise<void> {
    const { store } = this.#options;
    this.#underWay++;
    const reply = await store.within((connection) => evaluate(connection, batch));
    this.#underWay--;
    if (reply === undefined) {
      for (const { resolve } of asked) resolve(null);
      return;
    }
    if (reply.failure !== null) store.noteFailure(new Error(reply.failure));
    let from = 0;
    for (const { call, resolve } of asked) {
      const own = new ScriptReply(reply.numbers, from);
      resolve(own.hasFailed ? null : own);
      from += replyNumbers(call);
    }
  }
}

interface WholeReply {
  readonly numbers: DataView;
  /** Of the first call that could not be run. */
  readonly failure: string | null;
}

async function evaluate(connection: RedisConnection, batch: ScriptBatch): Promise<WholeReply> {
  const keys = batch.keys();
  const rest = [keys.length, ...keys, ...batch.args()];
  try {
    return wholeReply(await connection.callBuffer('evalsha', LIMIT_SCRIPT_HASH, ...rest));
  } catch (error) {
    // After a restart, a failover or SCRIPT FLUSH the server does not know it: EVAL runs it and makes it known.
    if (!isNoScript(error)) throw error;
    return wholeReply(await connection.callBuffer('eval', LIMIT_SCRIPT, ...rest));
  }
}

function wholeReply(reply: unknown): WholeReply {
  const [numbers, failure] = Array.isArray(reply) ? reply : [];
  if (!Buffer.isBuffer(numbers) || !Buffer.isBuffer(failure))
    throw new TypeError('not a reply of the script');
  return {
    numbers: new DataView(numbers.buffer, numbers.byteOffset, numbers.byteLength),
    failure: failure.length === 0 ? null : failure.toString(),
  };
}

function isNoScript(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    'message' in error &&
    `${error.message}`.startsWith('NOSCRIPT')
  );
}
