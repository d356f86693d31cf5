// What happens on that day besides short chats, in order. Each waits for the one before it to be over.
export type Happening =
  | { readonly hour: number; readonly kind: 'long'; readonly promptTokens: readonly number[] }
  | { readonly hour: number; readonly kind: 'replace-gateways' | 'replace-workers' | 'kill-gateway' };

export const HAPPENINGS: readonly Happening[] = [
  { hour: 2, kind: 'long', promptTokens: [90_000] },
  { hour: 6.5, kind: 'long', promptTokens: [48_000] },
  { hour: 8, kind: 'replace-gateways' },
  { hour: 11.5, kind: 'long', promptTokens: [90_000, 75_000, 98_000] },
  { hour: 14, kind: 'replace-workers' },
  { hour: 18.5, kind: 'kill-gateway' },
];
