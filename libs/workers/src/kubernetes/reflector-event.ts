// What a reflector tells whoever logs: one closed union. The counts are read off it at each scrape.
import type { FailureCause } from './api-failure.ts';
import type { ResourceName } from './resource.ts';

/** Why the whole list was read: at the start, after a 410, after a silent watch, after a watch that could not be read. */
export type ListCause = 'start' | 'expired' | 'silent' | 'failed';

export const LIST_CAUSES: readonly ListCause[] = ['start', 'expired', 'silent', 'failed'];

export type ReflectorEvent = { readonly resource: ResourceName } & (
  | {
      readonly kind: 'listed';
      readonly cause: ListCause;
      readonly objects: number;
      /** Reading and parsing, all pages. */
      readonly tookMs: number;
    }
  /** A watch is open; events are told from here on. */
  | { readonly kind: 'watching'; readonly resourceVersion: string }
  /** The table stays as it was; it is tried again after the pause. */
  | {
      readonly kind: 'failed';
      readonly cause: FailureCause;
      /** A sentence of the API server or of the system. */
      readonly detail: string;
      /** In a row. */
      readonly failures: number;
      readonly pauseMs: number;
    }
  | { readonly kind: 'recovered'; readonly failures: number }
  /** One object was not what it should be and is left as it was. */
  | { readonly kind: 'object-unreadable'; readonly detail: string }
  /** Whoever was told of a change threw; it is told of the next one all the same. */
  | { readonly kind: 'handler-failed'; readonly error: unknown }
);
