// Where requests wait for room on a worker: first come, first served. When room may have appeared the first in line that
// could use it is woken, alone; it looks again, and takes the room or comes back. Only then is the next woken, so a freed
// place never wakes the whole line. How many may wait is for whoever lets them in.
import type { Clock } from './clock.ts';

interface WaitingRoomOptions {
  /** Somebody is woken this often whatever happened, so that no missed wake-up is for ever. */
  readonly tickMs: number;
}

interface WaitingRoomPorts {
  readonly clock: Clock;
  /** Runs after everything the woken request does at once has run; `setImmediate`. */
  readonly soon: (run: () => void) => void;
}

/** Requests in a row that may look and take nothing before a wake-up is given up; each costs a route decision. */
const MAX_PASSES = 8;

interface Waiter {
  /** Place in line; kept when it comes back. */
  readonly ticket: number;
  readonly pools: readonly string[];
  readonly wake: () => void;
}

/** Somebody in the line who can use what room there may be. */
interface Search {
  readonly fits: (waiter: Waiter) => boolean;
  /** More room appeared since it began. */
  readonly isStale: () => boolean;
  readonly afterTicket: number;
  /** `lastTicket`: whom it came to; 0 = the end of the line. */
  readonly ended: (isStale: boolean, lastTicket: number) => void;
}

export class WaitingRoom {
  readonly #options: WaitingRoomOptions;
  readonly #ports: WaitingRoomPorts;
  /** By ticket, first first. */
  readonly #line: Waiter[] = [];
  /** How many of the line wait for each pool: asked for every request, when the line may be long. */
  readonly #waitingFor = new Map<string, number>();
  /** Tickets of whoever waited before; forgotten with the request. */
  readonly #tickets = new WeakMap<object, number>();
  #placesTaken = 0;
  /** Pools somebody looks for room in just now; true when more room appeared there meanwhile. */
  readonly #looking = new Map<string, boolean>();
  #nextTicket = 1;
  /** Whose turn it was last, by pool: the tick goes on there, so that everybody in a long line is asked some time. */
  readonly #turns = new Map<string, number>();
  #cancelTick: (() => void) | null = null;

  constructor(options: WaitingRoomOptions, ports: WaitingRoomPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /**
   * Resolves when woken; rejects with the signal's reason. `who` is whatever stays the same when a woken request has to
   * wait again: it gets its old place back.
   */
  wait(pools: readonly string[], signal: AbortSignal, who: object): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const ticket = this.#tickets.get(who) ?? this.#nextTicket++;
    this.#tickets.set(who, ticket);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => {
      this.#leave(waiter);
      reject(signal.reason);
    };
    const wake = () => {
      signal.removeEventListener('abort', leave);
      resolve();
    };
    const waiter: Waiter = { ticket, pools, wake };
    signal.addEventListener('abort', leave, { once: true });
    this.#join(waiter);
    return promise;
  }

  /** Room may have appeared in a pool. One request at a time looks for room in a pool, whatever happens meanwhile. */
  roomAppeared(pool: string): void {
    if (this.#line.length === 0) return;
    if (this.#looking.has(pool)) {
      this.#looking.set(pool, true);
      return;
    }
    this.#look(pool);
  }

  /** Somebody took a place on a worker: whoever was woken did not wake in vain. */
  placeTaken(): void {
    this.#placesTaken += 1;
  }

  /** Requests that wait for a pool, among others. */
  waitingFor(pool: string): number {
    return this.#waitingFor.get(pool) ?? 0;
  }

  get size(): number {
    return this.#line.length;
  }

  /** Wakes everybody: they look, find the fleet closed, and end. */
  close(): void {
    this.#cancelTick?.();
    this.#cancelTick = null;
    this.#waitingFor.clear();
    for (const waiter of this.#line.splice(0)) waiter.wake();
  }

  #join(waiter: Waiter): void {
    // Almost always the end of the line; whoever comes back goes to its old place, near the front.
    let at = this.#line.length;
    while (at > 0 && (this.#line[at - 1]?.ticket ?? 0) > waiter.ticket) at -= 1;
    this.#line.splice(at, 0, waiter);
    for (const pool of waiter.pools) this.#waitingFor.set(pool, this.waitingFor(pool) + 1);
    this.#cancelTick ??= this.#ports.clock.after(this.#options.tickMs, () => this.#tick());
  }

  #leave(waiter: Waiter): void {
    const at = this.#line.indexOf(waiter);
    if (at >= 0) this.#takeOut(at, waiter);
  }

  #takeOut(at: number, waiter: Waiter): void {
    this.#line.splice(at, 1);
    for (const pool of waiter.pools) this.#waitingFor.set(pool, this.waitingFor(pool) - 1);
  }

  /** From the head of the line on; and from there again when more room appears meanwhile, or it would go to a later one. */
  #look(pool: string): void {
    this.#search(pool, 0, () => undefined);
  }

  /** The same; when nobody at the head can use what there is, some of the others are asked, each in turn. */
  #lookFurther(pool: string): void {
    const placesTaken = this.#placesTaken;
    this.#search(pool, 0, (headTicket) => {
      if (headTicket === 0 || this.#placesTaken > placesTaken) return;
      const afterTicket = Math.max(headTicket, this.#turns.get(pool) ?? 0);
      this.#search(pool, afterTicket, (lastTicket) => this.#turns.set(pool, lastTicket));
    });
  }

  #search(pool: string, afterTicket: number, ended: (lastTicket: number) => void): void {
    this.#looking.set(pool, false);
    this.#wakeNext({
      fits: (waiter) => waiter.pools.includes(pool),
      isStale: () => this.#looking.get(pool) === true,
      afterTicket,
      ended: (isStale, lastTicket) => {
        this.#looking.delete(pool);
        if (isStale) this.#look(pool);
        else ended(lastTicket);
      },
    });
  }

  /** Wakes the first fitting one after a place in line; when it has settled, goes on or gives up. */
  #wakeNext(search: Search, passes = 0): void {
    const { fits, afterTicket, ended } = search;
    if (search.isStale()) {
      ended(true, 0);
      return;
    }
    const at = this.#line.findIndex((waiter) => waiter.ticket > afterTicket && fits(waiter));
    const waiter = this.#line[at];
    if (waiter === undefined) {
      ended(false, 0);
      return;
    }
    this.#takeOut(at, waiter);
    const placesTaken = this.#placesTaken;
    waiter.wake();
    this.#ports.soon(() => {
      const isBack = this.#line.some((other) => other.ticket === waiter.ticket);
      // A place was taken: there may be more for the one that is first now. Else it goes to the next, a few times.
      const isUsed = !isBack && this.#placesTaken > placesTaken;
      if (isUsed) this.#wakeNext(search, passes);
      else if (passes + 1 < MAX_PASSES) this.#wakeNext({ ...search, afterTicket: waiter.ticket }, passes + 1);
      else ended(search.isStale(), waiter.ticket);
    });
  }

  #tick(): void {
    this.#cancelTick = null;
    if (this.#line.length === 0) return;
    this.#cancelTick = this.#ports.clock.after(this.#options.tickMs, () => this.#tick());
    for (const [pool, count] of this.#waitingFor) {
      if (count > 0 && !this.#looking.has(pool)) this.#lookFurther(pool);
    }
  }
}
