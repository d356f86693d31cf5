// A registry's expected refusals as problems.
import type { Result } from '#tenancy';
import { Problem } from './problem.ts';

export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  switch (result.why) {
    case 'not_found':
      throw new Problem('not_found', result.message);
    case 'conflict': {
      const { path, message } = result;
      if (path === undefined) throw new Problem('conflict', message);
      throw new Problem('conflict', `${path}: ${message}`, { errors: [{ path, message }] });
    }
    case 'version_mismatch':
      throw new Problem('version_mismatch', result.message);
    case 'invalid': {
      const { path, message } = result;
      throw new Problem('invalid_fields', `${path}: ${message}`, { errors: [{ path, message }] });
    }
  }
}

/** For look-ups: null is 404. */
export function found<T>(value: T | null, what: string): T {
  if (value === null) throw new Problem('not_found', `There is no ${what}.`);
  return value;
}
