// A gateway as the scaler sees it: an ops port that answers /demand. What it answers, and whether, is the test's to say.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KnownGateway } from '../src/gateways/gateway-list.ts';

/** Of one pool, in the words of the wire. */
interface StatedDemand {
  readonly parked?: number;
  readonly parked_tokens?: number;
  readonly prefill_tokens?: number;
  readonly running?: number;
  readonly activation?: boolean;
  readonly ready?: number;
  readonly kv_usage?: Readonly<Record<string, number>>;
}

const IDLE = {
  parked: 0,
  parked_tokens: 0,
  prefill_tokens: 0,
  running: 0,
  activation: false,
  ready: 0,
  coming: 0,
};

export class StandInGateway {
  /** How often it was asked. */
  asked = 0;
  readonly #server: Server;
  readonly #held = new Set<ServerResponse>();
  #answer: (res: ServerResponse) => void = (res) => void res.end(pageOf({}));
  #url = '';

  constructor() {
    this.#server = createServer((req, res) => {
      this.asked++;
      if (req.url === '/demand') this.#answer(res);
      else res.writeHead(404).end();
    });
  }

  get url(): string {
    return this.#url;
  }

  get known(): KnownGateway {
    return { id: this.#url, url: this.#url, isReady: true };
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  /** Its pools from now on; those not named are idle. */
  states(pools: Readonly<Record<string, StatedDemand>>): void {
    this.answers(pageOf(pools));
  }

  answers(text: string, status = 200): void {
    this.#answer = (res) => void res.writeHead(status, { 'content-type': 'application/json' }).end(text);
  }

  /** Takes questions and never answers. */
  hangs(): void {
    this.#answer = (res) => void this.#held.add(res);
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

function pageOf(pools: Readonly<Record<string, StatedDemand>>): string {
  const stated = Object.entries(pools).map(([name, demand]) => [name, { ...IDLE, ...demand }]);
  return JSON.stringify({ version: 1, gateway: 'stand-in', pools: Object.fromEntries(stated) });
}
