// Where a gateway that is about to be gone for good leaves its rows when the database is away: its disk may go with it
// (decision G1). Another gateway takes them into its own outbox, from where they go the usual way.

export interface HandedOver {
  /** Text of a JSON array of rows, as it was given. */
  readonly rows: string;
  /** They are on the disk of whoever took them. Until then they may be taken again, by anybody. */
  done(): Promise<void>;
}

/** May hand out the same rows more than once; never drops any. Rejects when it is away. */
export interface Handover {
  give(rows: string, signal: AbortSignal): Promise<void>;
  /** null: there are none. */
  take(signal: AbortSignal): Promise<HandedOver | null>;
}
