// A JSON object as bytes, with where each top-level member lies, so that a field can be changed without touching the
// rest: what we don't know goes to the worker byte for byte, numbers in their own spelling.

/** Byte offsets of one top-level member's value within the body. */
export interface MemberSpan {
  readonly start: number;
  readonly end: number;
}

export interface JsonBody {
  readonly bytes: Buffer;
  /** Last occurrence of each top-level member (as JSON readers do); found on demand, then kept. */
  span(member: string): MemberSpan | null;
  /** The body with members replaced or added, each value given as JSON text; unchanged bytes are shared, not copied. */
  splice(changes: ReadonlyMap<string, string>): readonly Buffer[];
}
