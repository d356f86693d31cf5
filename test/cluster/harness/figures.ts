// What a test measured, printed with its file's results and never asserted: the machine is shared.

export class Figures {
  readonly #title: string;
  readonly #lines: string[] = [];

  constructor(title: string) {
    this.#title = title;
  }

  add(what: string, value: string | number): void {
    this.#lines.push(`  ${what}: ${typeof value === 'number' ? Math.round(value) : value}`);
  }

  print(): void {
    process.stdout.write(`${[`measured: ${this.#title}`, ...this.#lines].join('\n')}\n`);
  }
}
