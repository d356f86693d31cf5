// What JSON.parse makes of a body is bounded before it does: it runs on the event loop, where every other answer waits. Three
// million names took it eight seconds of CPU, and 25 MB of brackets 1.8 GB of memory.
import { Fault } from './fault.ts';
import { MAX_JSON_DEPTH } from './lossless-json.ts';

/** Below this nothing takes long. No prompt that fits a window of today comes near it, so that only what is refused is looked at. */
const LOOKED_AT_BYTES = 1024 * 1024;
/** Strings, arrays and objects. 26,000 messages that each call a tool, as many as a window of 131,072 tokens holds, have 450,000. */
export const MOST_JSON_PARTS = 524_288;
/** A member may have as many levels as anywhere else; the body itself is one more. */
const MOST_LEVELS = MAX_JSON_DEPTH + 1;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Throws a Fault for a body of `fromBytes` or more whose parts are too many or nested too deep. Of what is no JSON it may say anything. */
export function refuseCostly(bytes: Buffer, fromBytes = LOOKED_AT_BYTES): void {
  if (bytes.length < fromBytes) return;
  let parts = 0;
  let levels = 0;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        at = closingQuote(bytes, at);
        parts++;
        break;
      case 0x5b:
      case 0x7b:
        levels++;
        parts++;
        break;
      case 0x5d:
      case 0x7d:
        levels--;
        break;
      default:
        continue;
    }
    if (levels > MOST_LEVELS) throw tooCostly(`is nested deeper than ${MOST_LEVELS} levels`);
    if (parts > MOST_JSON_PARTS)
      throw tooCostly(`has more than ${MOST_JSON_PARTS} strings, arrays and objects`);
  }
}

/** Byte by byte: looking for the next quote costs a call for each that is escaped, of which there may be millions. */
function closingQuote(bytes: Buffer, open: number): number {
  let at = open + 1;
  for (; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
  return at;
}

function tooCostly(what: string): Fault {
  return new Fault('invalid_request', { message: `The request body ${what}.` });
}
