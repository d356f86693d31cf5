// Reads a request body as FastAPI does: only application/json, one JSON object.
import type { IncomingMessage } from 'node:http';
import { parseLossless } from '#protocol';
import { type Fields, isObject } from '../api/fields.ts';
import { ApiError } from './api-error.ts';

export function fieldsOf(_req: IncomingMessage, body: Buffer): Fields {
  try {
    const value = parseLossless(body.toString('utf8'));
    if (isObject(value)) return value;
  } catch {
    // Answered below: every body that is no JSON object gets the same refusal.
  }
  throw new ApiError(400, 'Bad Request', '1 validation error', 'body');
}
