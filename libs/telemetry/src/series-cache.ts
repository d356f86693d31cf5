// Series found by their label values without building a key: a Map a label, created on first use.

/** Finds or makes the value kept under one label value. */
export class SeriesCache<Kept> {
  readonly #kept = new Map<string, Kept>();
  readonly #make: (label: string) => Kept;

  constructor(make: (label: string) => Kept) {
    this.#make = make;
  }

  of(label: string): Kept {
    const known = this.#kept.get(label);
    if (known !== undefined) return known;
    const made = this.#make(label);
    this.#kept.set(label, made);
    return made;
  }
}
