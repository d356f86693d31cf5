// One line a check, and the count at the end.

export class Report {
  #passed = 0;
  #failed = 0;
  #skipped = 0;
  readonly #signal: AbortSignal;

  /** Once the signal is aborted, checks reject: whoever pressed Ctrl-C wants to go. */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  get failed(): number {
    return this.#failed;
  }

  section(title: string): void {
    say(`\n${title}`);
  }

  /** Runs one check. What it returns is printed beside its name; what it throws makes it fail. Never rejects otherwise. */
  async check(name: string, act: () => Promise<string | undefined>): Promise<void> {
    this.#signal.throwIfAborted();
    const startedMs = performance.now();
    const took = () => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
    try {
      const detail = await act();
      this.#passed += 1;
      say(`  ok    ${name}${detail === undefined ? '' : `: ${detail}`} (${took()})`);
    } catch (error) {
      this.#signal.throwIfAborted();
      this.#failed += 1;
      say(`  FAIL  ${name} (${took()})\n${indent(error instanceof Error ? error.message : String(error))}`);
    }
  }

  skip(name: string, why: string): void {
    this.#skipped += 1;
    say(`  skip  ${name}: ${why}`);
  }

  summary(): string {
    const skipped = this.#skipped === 0 ? '' : `, ${this.#skipped} skipped`;
    return `${this.#passed} passed, ${this.#failed} failed${skipped}`;
  }
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `          ${line}`)
    .join('\n');
}
