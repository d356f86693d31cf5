// What a path that no route takes is told. Nearly all come from a base URL that is off by its end, or from a client whose
// default is an API we do not have: the answer names the path that was meant, or those there are.
import { Fault } from '#protocol';

/** The longer first: `/chat/completions` ends in `/completions`, too. */
const SERVED = ['/chat/completions', '/completions', '/models', '/tokenize', '/route', '/limits', '/usage'];
const LIST = SERVED.map((path) => `/v1${path}`).join(', ');
/** Nobody's path is longer, and what is shown of it is bounded. */
const MAX_SHOWN_CHARS = 200;

export function unknownPath(path: string): Fault {
  const shown = path.slice(0, MAX_SHOWN_CHARS);
  const meant = meantBy(shown);
  const advice =
    meant === undefined
      ? `The API is under /v1: ${LIST}.`
      : `Did you mean /v1${meant}? The API is under /v1: the base URL of a client ends in /v1.`;
  return new Fault('not_found', { message: `Unknown path ${shown}. ${advice}` });
}

function meantBy(path: string): string | undefined {
  const plain = path.replace(/\/{2,}/g, '/').replace(/\/$/, '');
  return SERVED.find((served) => plain.endsWith(served));
}
