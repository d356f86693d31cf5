// A clock that never goes back, over one that may: while the other does, it stands still, and goes on at its pace after.

export function steadyClock(raw: () => number): () => number {
  let last = Number.NEGATIVE_INFINITY;
  let offset = 0;
  return () => {
    const now = raw();
    if (now < last) offset += last - now;
    last = now;
    return now + offset;
  };
}

/** Whole microseconds since the process started. */
export function monotonicUs(): number {
  return Math.round(performance.now() * 1_000);
}
