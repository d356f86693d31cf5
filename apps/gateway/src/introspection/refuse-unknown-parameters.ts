// A query may have the parameters its path knows, and no other: one that were ignored would answer another question than the
// caller asked, as all models' usage to `?model=x`.
import { invalid } from '#protocol';

/** Of a name that is no parameter, so much is told back. */
const SHOWN_CHARACTERS = 64;

/** Throws Fault `invalid_request` naming the first that is not known, and those there are. */
export function refuseUnknownParameters(query: object, known: readonly string[]): void {
  const unknown = Object.keys(query).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const name = unknown.slice(0, SHOWN_CHARACTERS);
  const takes = known.length === 0 ? 'none' : known.join(', ');
  throw invalid(name, `'${name}' is no parameter of this path. It takes ${takes}.`);
}
