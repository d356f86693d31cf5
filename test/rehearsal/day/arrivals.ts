// When requests come: by chance, at a rate that changes (an inhomogeneous Poisson process), the same for the same seed.

export class Arrivals {
  readonly #ratePerSecond: (passedMs: number) => number;
  readonly #random: () => number;
  #passedMs = 0;
  /** Expected arrivals until the next one. */
  #due: number;

  /** `random`: 0 <= value < 1. */
  constructor(ratePerSecond: (passedMs: number) => number, random: () => number) {
    this.#ratePerSecond = ratePerSecond;
    this.#random = random;
    this.#due = this.#gap();
  }

  /** How many have come since the last call. */
  until(passedMs: number): number {
    let came = 0;
    for (; this.#passedMs < passedMs; this.#passedMs++) {
      this.#due -= this.#ratePerSecond(this.#passedMs) / 1_000;
      for (; this.#due <= 0; this.#due += this.#gap()) came++;
    }
    return came;
  }

  #gap(): number {
    return -Math.log(1 - this.#random());
  }
}
