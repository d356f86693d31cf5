// What the simulator does not do as vLLM does, on purpose: one list, with the reason for each.
import type { Recorded } from './target.ts';

export function meantDifference(recorded: Recorded, name: string): string | null {
  const entry = differences.find(({ servers, names }) => servers.includes(recorded) && names.test(name));
  return entry?.reason ?? null;
}

interface Difference {
  readonly servers: string;
  readonly names: RegExp;
  readonly reason: string;
}

const differences: readonly Difference[] = [
  { servers: 'abcde', names: /^(resp|msg)_/, reason: '/v1/responses and /v1/messages are not simulated' },
];
