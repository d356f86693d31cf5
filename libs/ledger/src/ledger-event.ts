// What the ledger tells whoever logs and counts: one closed union. Told when something changed, not on every try.
import type { DiskShort } from './disk-short.ts';

export type LedgerEvent =
  /** Intents that a killed process left behind are rows now, with outcome `unknown`. */
  | { readonly kind: 'recovered'; readonly rows: number }
  /** Rows of an outbox whose process is gone were taken over. */
  | { readonly kind: 'adopted'; readonly rows: number }
  /** Rows were left with Redis, for the sink is away and this process ends; and rows that another one left were taken in. */
  | { readonly kind: 'handed-over' | 'taken-in'; readonly rows: number }
  /** Nothing can be written to the outbox: new requests are refused until it can. Told once. */
  | { readonly kind: 'disk-failing'; readonly error: Error }
  | { readonly kind: 'disk-back' }
  /** It can be written, but the disk has too little room for more: new requests are refused until it has. Told once, at the start too. */
  | { readonly kind: 'disk-short'; readonly short: DiskShort }
  | { readonly kind: 'disk-roomy' }
  /** Rows wait in the outbox. Told once. */
  | { readonly kind: 'sink-away'; readonly error: Error }
  | { readonly kind: 'sink-back' }
  /** The database refused one row for good. It stays in the outbox, table `refused`: a person has to look. */
  | { readonly kind: 'row-refused'; readonly error: Error; readonly row: string }
  /** An outbox that nobody uses cannot be read; its rows are not delivered until it is mended. */
  | { readonly kind: 'orphan-damaged'; readonly error: Error }
  /** At the end: rows that could not be brought to disk. They are in the event, one JSON object each. */
  | { readonly kind: 'rows-unwritten'; readonly rows: readonly string[]; readonly error: Error };
