// What the keys of the database tell whoever logs and counts: told when something changed, not on every look.

export type KeysEvent =
  /** No answer for so long that strict tenants are refused and everybody else goes on with what was last known. */
  | { readonly kind: 'database-away'; readonly error: unknown }
  | { readonly kind: 'database-back'; readonly awayMs: number }
  /** Revocations come by the poll alone until the connection is back: a second later. */
  | { readonly kind: 'push-lost'; readonly error: unknown }
  /** Keys cannot be proven: the pepper of their digest is not in the configuration. They get 503. Told once a version. */
  | { readonly kind: 'pepper-missing'; readonly keyId: string; readonly pepperVersion: number }
  | { readonly kind: 'snapshot-read'; readonly keys: number; readonly ageMs: number }
  | { readonly kind: 'snapshot-refused'; readonly reason: string }
  | { readonly kind: 'snapshot-failed'; readonly error: unknown }
  /** Dates of last use or new digests could not be written; they are tried again. */
  | { readonly kind: 'upkeep-failed'; readonly error: unknown };

export type TellKeysEvent = (event: KeysEvent) => void;
