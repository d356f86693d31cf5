// Reads a request body as FastAPI and pydantic do: only application/json, one JSON object, every broken form with the
// answer it was seen to get.
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { type LosslessJson, parseLossless } from '#protocol';
import { type Fields, isObject } from '../api/fields.ts';
import { ApiError } from './api-error.ts';
import { jsonErrorOf } from './json-error.ts';
import { shownInput, validationError } from './validation-error.ts';

export function fieldsOf(req: IncomingMessage, body: Buffer): Fields {
  const type = (req.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw wrongMediaType();
  const value = jsonOf(decode(body));
  if (value === null)
    throw validationError([{ type: 'missing', loc: 'body', msg: 'Field required', input: 'None' }]);
  if (isObject(value)) return value;
  const msg = 'Input should be a valid dictionary or object to extract fields from';
  throw validationError([{ type: 'model_attributes_type', loc: 'body', msg, input: shownInput(value) }]);
}

/** FastAPI's own words for a body it could not even decode: the third shape of error. */
export class UnreadableBody extends Error {}

function wrongMediaType(): ApiError {
  const message = "1 validation error:\n  Unsupported Media Type: Only 'application/json' is allowed";
  return new ApiError(400, 'Bad Request', message);
}

/** Python's json.loads finds out the encoding by itself: a byte order mark, UTF-16, else UTF-8. */
function decode(body: Buffer): string {
  if (body[0] === 0xff && body[1] === 0xfe) return body.subarray(2).toString('utf16le');
  if (body[0] === 0xfe && body[1] === 0xff) return Buffer.from(body.subarray(2)).swap16().toString('utf16le');
  if (!isUtf8(body)) throw new UnreadableBody();
  const text = body.toString('utf8');
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function jsonOf(text: string): LosslessJson {
  if (text === '') return null;
  try {
    return parseLossless(text, Number.POSITIVE_INFINITY);
  } catch (thrown) {
    // Python's reader runs out of stack on deep nesting, which FastAPI does not call a JSON error.
    if (thrown instanceof Error && thrown.message.includes('deeper')) throw new UnreadableBody();
    const { position, message } = jsonErrorOf(text);
    throw validationError([
      {
        type: 'json_invalid',
        loc: `body.${position}`,
        msg: 'JSON decode error',
        input: '<dict of 0 items>',
        ctx: `'error': ${message.includes("'") ? `"${message}"` : `'${message}'`}`,
      },
    ]);
  }
}
