// Keeps the file that Prometheus finds its workers in as the gateway names them, while workers come and go and the gateway is
// started anew.
import { renameSync, writeFileSync } from 'node:fs';
import { targetGroups } from './prometheus-config.ts';
import { workerTargets } from './worker-targets.ts';

const LOOK_EVERY_MS = 5_000;
const ANSWER_MS = 4_000;

/** Its metrics page. Rejects in words that say what to do. */
export async function readGatewayPage(opsUrl: string): Promise<string> {
  const at = `${opsUrl}/metrics`;
  let page: string;
  try {
    page = await (await fetch(at, { signal: AbortSignal.timeout(ANSWER_MS) })).text();
  } catch {
    throw new Error(
      `nothing answers at ${at}: start \`npm run up\` in another terminal first, or say where it is with --ops-url`,
    );
  }
  if (page.includes('ropeway_worker_state')) return page;
  throw new Error(
    `what answers at ${at} is no gateway of Ropeway: say where it is with --ops-url (a Prometheus of your system listens on 9090, too)`,
  );
}

export class WatchedWorkers {
  readonly #opsUrl: string;
  readonly #file: string;
  readonly #say: (line: string) => void;
  #written = '';
  #isAway = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(opsUrl: string, file: string, say: (line: string) => void) {
    this.#opsUrl = opsUrl;
    this.#file = file;
    this.#say = say;
  }

  /** Writes the workers a page names; gives their number. */
  take(page: string): number {
    const targets = workerTargets(page);
    const text = JSON.stringify(targetGroups(targets), null, 2);
    if (text === this.#written) return targets.length;
    // Prometheus must never read half a file.
    writeFileSync(`${this.#file}.new`, text);
    renameSync(`${this.#file}.new`, this.#file);
    this.#written = text;
    return targets.length;
  }

  watch(): void {
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    try {
      this.take(await readGatewayPage(this.#opsUrl));
      if (this.#isAway) this.#say('the gateway answers again');
      this.#isAway = false;
    } catch {
      if (!this.#isAway) this.#say(`the gateway at ${this.#opsUrl} does not answer; watching on`);
      this.#isAway = true;
    }
  }
}
