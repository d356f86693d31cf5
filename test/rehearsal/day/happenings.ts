// What happens on that day besides short chats.

/** Prompts of about so many tokens, sent at once. */
interface LongRequests {
  readonly hour: number;
  readonly promptTokens: readonly number[];
}

/** Waits for the one before it to be over. */
export interface Upheaval {
  readonly hour: number;
  readonly kind: 'replace-gateways' | 'replace-workers' | 'kill-gateway';
}

export const LONG_REQUESTS: readonly LongRequests[] = [
  { hour: 2, promptTokens: [90_000] },
  { hour: 6.5, promptTokens: [48_000] },
  { hour: 11.5, promptTokens: [90_000, 75_000, 98_000] },
];

export const UPHEAVALS: readonly Upheaval[] = [
  { hour: 8, kind: 'replace-gateways' },
  { hour: 14, kind: 'replace-workers' },
  { hour: 18.5, kind: 'kill-gateway' },
];
