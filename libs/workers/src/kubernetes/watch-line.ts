// One line of a watch: what happened to which object.
import { ApiFailure, asFailure, failureOf } from './api-failure.ts';

export type WatchLine =
  | { readonly type: 'set' | 'removed'; readonly object: unknown }
  /** Nothing changed up to this version. */
  | { readonly type: 'bookmark'; readonly resourceVersion: string };

/** Throws an ApiFailure for an ERROR event (a 410 comes as one, with HTTP status 200: observed) and for what is no event. */
export function parseWatchLine(line: string): WatchLine {
  const { type, object } = parseEvent(line);
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { type: 'set', object };
    case 'DELETED':
      return { type: 'removed', object };
    case 'BOOKMARK':
      return { type: 'bookmark', resourceVersion: bookmarkOf(object) };
    case 'ERROR':
      throw errorOf(object);
    default:
      throw new ApiFailure('unreadable', `the watch said "${String(type).slice(0, 40)}"`);
  }
}

interface RawEvent {
  readonly type?: unknown;
  readonly object?: unknown;
}

function parseEvent(line: string): RawEvent {
  try {
    return (JSON.parse(line) as RawEvent | null) ?? {};
  } catch (error) {
    throw asFailure(error, 'unreadable');
  }
}

function bookmarkOf(object: unknown): string {
  const version = (object as { readonly metadata?: { readonly resourceVersion?: unknown } } | null)?.metadata
    ?.resourceVersion;
  if (typeof version !== 'string') throw new ApiFailure('unreadable', 'a bookmark without a version');
  return version;
}

function errorOf(object: unknown): ApiFailure {
  const status = object as { readonly code?: unknown; readonly message?: unknown } | null;
  const code = typeof status?.code === 'number' ? status.code : 500;
  return failureOf(code, typeof status?.message === 'string' ? status.message : 'the watch failed');
}
