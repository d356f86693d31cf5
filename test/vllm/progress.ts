// What is going on, for whoever waits: one line rewritten on a terminal, a line every now and then where there is none.
const live = process.stderr.isTTY === true;
/** Without a terminal: often enough to see that something moves, seldom enough for a log. */
const SAY_EVERY_MS = live ? 250 : 20_000;
const COLUMNS = 110;

export class Progress {
  readonly #title: string;
  readonly #startedMs = performance.now();
  readonly #timer: NodeJS.Timeout;
  #detail = '';

  constructor(title: string) {
    this.#title = title;
    if (live) this.#show();
    else process.stderr.write(`${title} …\n`);
    this.#timer = setInterval(() => this.#show(), SAY_EVERY_MS);
  }

  /** What is being done right now; shown with the next turn. */
  at(detail: string): void {
    this.#detail = detail;
  }

  /** Ends the line with how long it took. */
  done(detail = ''): void {
    this.clear();
    this.#detail = detail;
    process.stderr.write(`${this.#line()}\n`);
  }

  /** Ends it without a word: what came of it is said by whoever knows. */
  clear(): void {
    clearInterval(this.#timer);
    if (live) process.stderr.write('\r\x1b[2K');
  }

  #show(): void {
    // Longer than the terminal is wide, a line could not be rewritten.
    const line = this.#line().slice(0, COLUMNS);
    process.stderr.write(live ? `\r\x1b[2K${line}` : `  ${line}\n`);
  }

  #line(): string {
    const seconds = Math.round((performance.now() - this.#startedMs) / 1000);
    const detail = this.#detail === '' ? '' : `: ${this.#detail}`;
    return `${this.#title}, ${seconds} s${detail}`;
  }
}
