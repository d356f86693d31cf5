// What `GET /requests/{id}` of a gateway's ops port tells of one request: why it went where it went, and where its time went.
// The words are those of `POST /v1/route`, of the x-ropeway-* headers and of the log line. No prompt, no answer, no key.
import type { RefusingLimit } from '#protocol';
import type { StepName } from './step-times.ts';

export interface RequestStory {
  readonly request_id: string;
  /** The client's own x-request-id, bounded and without keys. */
  readonly correlation_id: string | null;
  readonly trace_id: string | null;
  /** Which gateway tells it. */
  readonly gateway: string;
  readonly state: 'running' | 'ended';
  /** ISO 8601. */
  readonly started_at: string;
  /** Until it ended, or so far. */
  readonly duration_ms: number;
  readonly endpoint: 'chat' | 'text' | 'tokenize' | 'route';
  readonly stream: boolean;
  readonly tenant: string | null;
  readonly key_id: string | null;
  readonly model: string | null;
  /** null while it runs. */
  readonly outcome: 'completed' | 'refused' | 'failed' | 'client_closed' | null;
  readonly status: number | null;
  readonly fault: string | null;
  /** Which limit refused it. */
  readonly limit: RefusingLimit | null;
  /** How long the caller was told to wait; null: it was not. */
  readonly retry_after_ms: number | null;
  readonly prompt_tokens: number | null;
  readonly output_budget: number | null;
  readonly output_budget_source: string | null;
  readonly demand: number | null;
  readonly pool: string | null;
  readonly rope: string | null;
  readonly window: number | null;
  readonly headroom: number | null;
  readonly reason: string | null;
  /** The reason as a sentence. */
  readonly explanation: string | null;
  /** Every pool of the model, as the last decision saw it. */
  readonly pools: readonly PoolStory[];
  /** In order; times from the arrival of the request. */
  readonly steps: readonly { readonly name: StepName; readonly at_ms: number; readonly took_ms: number }[];
  readonly attempts: readonly AttemptStory[];
  readonly queue_ms: number;
  readonly first_token_ms: number | null;
  readonly overhead_ms: number | null;
  readonly usage: {
    readonly cached_tokens: number | null;
    readonly completion_tokens: number | null;
    readonly reasoning_tokens: number | null;
  };
  readonly finish_reason: string | null;
}

export interface PoolStory {
  readonly name: string;
  readonly rope: string;
  readonly window: number;
  readonly fits: boolean;
  /** Negative: short by so much. */
  readonly headroom: number;
  /** null: it was chosen. Else a word of the closed set, and a sentence. */
  readonly why_not: { readonly code: string; readonly message: string } | null;
}

interface AttemptStory {
  readonly worker: string;
  readonly pool: string;
  /** From the arrival of the request. */
  readonly started_ms: number;
  readonly ended_ms: number | null;
  readonly outcome: string | null;
  /** Why another worker was asked, in our own words; never a worker's text. */
  readonly cause: string | null;
}
