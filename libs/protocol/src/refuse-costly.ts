// What JSON.parse makes of a body is bounded before it does: it runs on the event loop, where every other answer waits. Three
// million names took it eight seconds of CPU, and 25 MB of brackets 1.8 GB of memory.
import { Fault } from './fault.ts';
import { MAX_JSON_DEPTH } from './lossless-json.ts';

/** Below this nothing takes long. No prompt that fits a window of today comes near it, so that only what is refused is looked at. */
const LOOKED_AT_BYTES = 1024 * 1024;
/** Strings, arrays and objects. 26,000 messages that each call a tool, as many as a window of 131,072 tokens holds, have 450,000. */
export const MOST_JSON_PARTS = 524_288;
/** With numbers: 8 prompts of 131,072 token ids have 1,048,576. 25 million numbers of a tool took half a minute and 2.3 GB. */
export const MOST_JSON_VALUES = 1_310_720;
/** Of one object: as many bias every token of a vocabulary. Half a million names took 3 s where each is looked at. */
export const MOST_JSON_MEMBERS = 160_000;
/** A member may have as many levels as anywhere else; the body itself is one more. */
const MOST_LEVELS = MAX_JSON_DEPTH + 1;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;

/** Throws a Fault for a body of `fromBytes` or more whose parts or values are too many or nested too deep. Of what is no JSON it may say anything. */
export function refuseCostly(bytes: Buffer, fromBytes = LOOKED_AT_BYTES): void {
  if (bytes.length < fromBytes) return;
  let parts = 0;
  let values = 0;
  let levels = 0;
  const members = new Int32Array(MOST_LEVELS + 1);
  const isObject = new Uint8Array(MOST_LEVELS + 1);
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        at = closingQuote(bytes, at);
        parts++;
        break;
      case 0x5b:
      case 0x7b:
        if (++levels > MOST_LEVELS) throw tooCostly(`is nested deeper than ${MOST_LEVELS} levels`);
        members[levels] = 0;
        isObject[levels] = bytes[at] === OPEN_BRACE ? 1 : 0;
        parts++;
        break;
      case COMMA:
        values++;
        members[levels] = (members[levels] ?? 0) + 1;
        break;
      case 0x5d:
      case 0x7d:
        // Below 0 only where it is no JSON.
        levels = Math.max(0, levels - 1);
        break;
      default:
        continue;
    }
    if (parts > MOST_JSON_PARTS)
      throw tooCostly(`has more than ${MOST_JSON_PARTS} strings, arrays and objects`);
    if (values > MOST_JSON_VALUES) throw tooCostly(`has more than ${MOST_JSON_VALUES} values`);
    if ((members[levels] ?? 0) > MOST_JSON_MEMBERS && isObject[levels] === 1)
      throw tooCostly(`has an object with more than ${MOST_JSON_MEMBERS} members`);
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
