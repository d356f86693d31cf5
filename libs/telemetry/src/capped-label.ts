// A label whose values come from outside the code: the first so many keep their name, the rest share one.

export class CappedLabel {
  readonly #known = new Set<string>();
  readonly #limit: number;
  readonly #overflow: string;

  constructor(limit: number, overflow: string) {
    this.#limit = limit;
    this.#overflow = overflow;
  }

  of(value: string): string {
    if (this.#known.has(value)) return value;
    if (this.#known.size >= this.#limit) return this.#overflow;
    this.#known.add(value);
    return value;
  }
}
