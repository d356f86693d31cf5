// The smallest gateway round the relay: node:http in front, one leg (or the spec's own handler) behind.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import {
  Answer,
  type AnswerOptions,
  carryLeg,
  type LegInput,
  type LegOutcome,
  type RelayOptions,
  WorkerClient,
} from '../src/index.ts';

export const OPTIONS: RelayOptions = {
  connectTimeoutMs: 2000,
  firstTokenTimeoutMs: null,
  idleTimeoutMs: 60_000,
  totalTimeoutMs: 7_200_000,
  writeStallTimeoutMs: 60_000,
  heartbeatMs: 5000,
  keepAliveMs: 4000,
  maxIdleSocketsPerWorker: 8,
  reasoningNames: 'both',
};

export type LegPart = Partial<Omit<LegInput, 'shape'>> &
  Pick<LegInput, 'endpoint'> & { shape?: Partial<LegInput['shape']> };

function legInput(part: LegPart): LegInput {
  const { shape, ...rest } = part;
  return {
    request: {
      path: '/v1/chat/completions',
      body: [Buffer.from('{"stream":true}')],
      requestId: 'req-1',
      headers: {},
    },
    events: { firstToken() {}, progress() {} },
    signal: new AbortController().signal,
    shape: {
      kind: 'chat',
      stream: true,
      wantsUsage: false,
      wantsContinuousUsage: false,
      modelAlias: null,
      mayRunOut: false,
      ...shape,
    },
    ...rest,
  };
}

export class Front {
  readonly client: WorkerClient;
  readonly options: RelayOptions;
  readonly outcomes: LegOutcome[] = [];
  readonly answers: Answer[] = [];
  readonly #server: Server;
  #waiting: (() => void)[] = [];

  constructor(
    options: RelayOptions,
    handle: (front: Front, answer: Answer, request: IncomingMessage) => unknown,
    more: Partial<AnswerOptions> = {},
  ) {
    this.options = options;
    this.client = new WorkerClient(options);
    this.#server = createServer((request: IncomingMessage, response: ServerResponse) => {
      const answer = new Answer(request, response, { ...options, ...more });
      this.answers.push(answer);
      request.resume();
      void handle(this, answer, request);
    });
  }

  static async start(
    handle: (front: Front, answer: Answer, request: IncomingMessage) => unknown,
    options: Partial<RelayOptions> = {},
    more: Partial<AnswerOptions> = {},
  ): Promise<Front> {
    const front = new Front({ ...OPTIONS, ...options }, handle, more);
    await new Promise<void>((resolve) => front.#server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  async carry(answer: Answer, part: LegPart): Promise<LegOutcome> {
    const outcome = await carryLeg(this.client, legInput(part), answer, this.options);
    this.outcomes.push(outcome);
    for (const wake of this.#waiting.splice(0)) wake();
    return outcome;
  }

  /** Resolves once so many legs have ended. */
  async legs(count: number): Promise<readonly LegOutcome[]> {
    while (this.outcomes.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.outcomes;
  }

  async stop(): Promise<void> {
    this.client.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A client of raw bytes. */
export class RawClient {
  /** Flattened on each look: long answers are gathered by the spec itself. */
  text = '';
  isClosed = false;
  readonly socket: Socket;
  #waiting: (() => void)[] = [];

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1' });
    this.socket.on('data', (bytes) => {
      this.text += bytes.toString('latin1');
      this.#wake();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  post(extra = '', version = '1.1', method = 'POST'): this {
    this.socket.write(
      `${method} /v1/chat/completions HTTP/${version}\r\nhost: x\r\n${extra}content-length: 0\r\n\r\n`,
    );
    return this;
  }

  /** Resolves when what has come satisfies the spec; a spec that never is satisfied fails by jest's time-out. */
  async until(isEnough: (text: string) => boolean): Promise<string> {
    while (!isEnough(this.text)) {
      if (this.isClosed) throw new Error(`closed after ${JSON.stringify(this.text)}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.text;
  }

  async closed(): Promise<string> {
    while (!this.isClosed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.text;
  }

  /** The body of the first answer, chunks taken off. */
  get body(): string {
    const [, ...rest] = this.text.split('\r\n\r\n');
    return unchunked(rest.join('\r\n\r\n'));
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

function unchunked(text: string): string {
  let out = '';
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (lineEnd < 0 || !(size > 0)) return out;
    out += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}
