// The day's requests: short chats as the load curve has them, and long ones when they are asked for.
import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../seeded-random.ts';
import { Arrivals } from '../day/arrivals.ts';
import { type Chat, Chats } from '../day/chats.ts';
import { chatsPerSecond, hourAt } from '../day/load-curve.ts';
import { poolFor } from '../day/played-pools.ts';
import { ask } from './ask.ts';
import type { Outcome } from './outcome.ts';
import type { Service } from './service.ts';

const SEED = 20_261_130;
const LOOK_MS = 20;

interface TrafficTerms {
  readonly service: Service;
  readonly key: string;
  readonly dayMs: number;
}

export class Traffic {
  readonly #terms: TrafficTerms;
  readonly #chats = new Chats(seededRandom(SEED));
  readonly #arrivals: Arrivals;
  readonly #outcomes: Outcome[] = [];
  #sent = 0;
  #running = 0;

  constructor(terms: TrafficTerms) {
    this.#terms = terms;
    const rate = (passedMs: number) => chatsPerSecond(hourAt(passedMs, terms.dayMs));
    this.#arrivals = new Arrivals(rate, seededRandom(SEED + 1));
  }

  get sent(): number {
    return this.#sent;
  }

  get running(): number {
    return this.#running;
  }

  get outcomes(): readonly Outcome[] {
    return this.#outcomes;
  }

  /** Until `isOver`; then those that run are left running. */
  async run(startMs: number, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const came = this.#arrivals.until(performance.now() - startMs);
      for (let n = 0; n < came; n++) this.#send(this.#chats.short(), 'default');
      await sleep(LOOK_MS);
    }
  }

  /** One of about so many prompt tokens. */
  long(promptTokens: number): void {
    const chat = this.#chats.long(promptTokens);
    this.#send(chat, poolFor(promptTokens + chat.maxTokens));
  }

  #send(chat: Chat, need: string): void {
    this.#sent++;
    const { service, key } = this.#terms;
    this.#running++;
    void ask({ service, key, chat, need }).then((outcome) => {
      this.#outcomes.push(outcome);
      this.#running--;
    });
  }
}
