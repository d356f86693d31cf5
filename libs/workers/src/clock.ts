// Time and timers as one argument, so that tests move time by hand and nothing here reads a global.

export interface Clock {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Runs once after the delay; the function it returns takes that back. */
  after(delayMs: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
