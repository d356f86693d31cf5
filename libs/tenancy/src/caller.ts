// Who a proven key stands for, and what it may do. A snapshot: a request keeps the one it began with; a revocation cuts it.
import type { Limits } from '#limits';

/** Which of our endpoints a key may call. `models` and `limits`/`usage` (its own) are always allowed. */
export type Endpoint = 'chat' | 'text' | 'tokenize' | 'route';

/** What a key may do; a key can only narrow what its tenant's plan allows. null = no restriction of its own. */
export interface KeyScopes {
  /** Model ids (aliases are resolved when it is stored). */
  readonly models: readonly string[] | null;
  readonly pools: readonly string[] | null;
  /** Largest window it may use: 40,960 forbids YaRN. */
  readonly maxWindowTokens: number | null;
  readonly maxPromptTokens: number | null;
  /** Largest `max_tokens` it may ask for; requests without one are capped to it. */
  readonly maxOutputTokens: number | null;
  readonly endpoints: readonly Endpoint[] | null;
  /** Addresses it may call from, CIDR v4 and v6, after the trusted-proxy rules. */
  readonly cidrs: readonly string[] | null;
  /** Body fields that steer the engine it may send (decisions R7). */
  readonly allowedFields: readonly string[];
}

/** What is not set restricts nothing, but for steering fields (docs/adr/0019). */
export const NO_SCOPES: KeyScopes = {
  models: null,
  pools: null,
  maxWindowTokens: null,
  maxPromptTokens: null,
  maxOutputTokens: null,
  endpoints: null,
  cidrs: null,
  allowedFields: [],
};

export interface Caller {
  readonly keyId: string;
  /** Id of the first key of a chain of rotations: buckets and budgets go by it (K6). */
  readonly lineage: string;
  readonly tenant: string;
  readonly environment: 'live' | 'test';
  readonly tenantLimits: Limits;
  readonly keyLimits: Limits;
  readonly scopes: KeyScopes;
  /** The same as `scopes.allowedFields` and `scopes.models`, ready to look up. */
  readonly allowedFields: ReadonlySet<string>;
  readonly models: ReadonlySet<string> | null;
  /** IANA name; calendar budgets are counted in it. */
  readonly timeZone: string;
  /** Refused (503) rather than served on what was last known, when Redis or the database is away. */
  readonly isStrict: boolean;
  /** Running answers are cut when a budget is used up. */
  readonly isPrepaid: boolean;
}
