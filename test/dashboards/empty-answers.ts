// Queries of panels that have nothing to show on a healthy `npm run up` under load, why, and where they are proved instead.
// test/e2e/dashboards.e2e-spec.ts fails when another is empty, and when one of these is not.

export interface EmptyAnswer {
  readonly why: string;
  /** Test or page, with its path. */
  readonly provedBy: string;
}

/** By `board: panel (query)`. */
export const EMPTY_ON_STANDALONE: Readonly<Record<string, EmptyAnswer>> = {};
