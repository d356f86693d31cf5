// Every number the reflector works with, its unit and where it comes from.
import type { BackOffOptions } from './back-off.ts';

export interface ReflectorOptions extends BackOffOptions {
  /** A list page whole, or the head of a watch, must be there by then; connecting included. */
  readonly answerMs: number;
  /**
   * A watch is opened anew after this. It is also how long an API server that hangs, or one that ends and leaves the watch
   * open and silent (observed: 60 s), goes unnoticed: a watch that said nothing at all, not even a bookmark, is not trusted.
   */
  readonly watchMs: number;
  /** The server ends the watch itself; we do when it has not by so much later. */
  readonly watchGraceMs: number;
  /** Objects a list page. */
  readonly pageObjects: number;
  /** etcd holds objects of up to 1.5 MB; they grow in JSON. */
  readonly maxLineBytes: number;
  readonly maxPageBytes: number;
}

export const DEFAULT_REFLECTOR_OPTIONS: ReflectorOptions = {
  answerMs: 10_000,
  watchMs: 30_000,
  watchGraceMs: 3_000,
  pageObjects: 500,
  maxLineBytes: 8 * 1024 * 1024,
  maxPageBytes: 256 * 1024 * 1024,
  firstPauseMs: 100,
  longestPauseMs: 5_000,
};
