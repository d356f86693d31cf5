// What a check found: in one sentence, and what mends it.

export interface Finding {
  /** What was looked at, as in `redis` or `worker http://10.0.0.7:8000`. */
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly what: string;
  /** What to do about it; null where nothing is to be done. */
  readonly fix: string | null;
}

export function ok(check: string, what: string): Finding {
  return { check, state: 'ok', what, fix: null };
}

/** Works, but not as it should, or could not be looked at. */
export function warn(check: string, what: string, fix: string): Finding {
  return { check, state: 'warn', what, fix };
}

export function fail(check: string, what: string, fix: string): Finding {
  return { check, state: 'fail', what, fix };
}
