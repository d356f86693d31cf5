// What is noted while the day goes by, for the report.
import { type LoggedRequest, loggedRequest } from './parked-report.ts';
import type { PoolMoments } from './wake-ups.ts';

export class Diary {
  workersReplaced = 0;
  gatewaysReplaced = 0;
  gatewaysKilled = 0;
  readonly #logged: LoggedRequest[] = [];
  readonly #scaled: { readonly pool: string; readonly change: PoolMoments['scaled'][number] }[] = [];

  /** As the gateways logged them. */
  get logged(): readonly LoggedRequest[] {
    return this.#logged;
  }

  /** A line of a gateway's log. */
  heard(record: Readonly<Record<string, unknown>>): void {
    const request = loggedRequest(record);
    if (request !== null) this.#logged.push(request);
  }

  scaled(pool: string, from: number, to: number): void {
    this.#scaled.push({ pool, change: { atMs: performance.now(), from, to } });
  }

  changesOf(pool: string): PoolMoments['scaled'] {
    return this.#scaled.filter((each) => each.pool === pool).map(({ change }) => change);
  }
}
