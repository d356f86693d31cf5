// How the caller's limits stand, in OpenAI's header names (and input and output tokens apart), on every answer.
import type { LimitKind, Standing } from '#limits';

const NAMES: Partial<Record<LimitKind, string>> = {
  requests: 'requests',
  tokens: 'tokens',
  input_tokens: 'input-tokens',
  output_tokens: 'output-tokens',
};

/** Of a tenant's and a key's limit of one kind the tighter is told: the one with less left. */
export function tellStandings(headers: Record<string, string>, standings: readonly Standing[]): void {
  for (const standing of standings) {
    const name = NAMES[standing.kind];
    if (name === undefined || tightest(standings, standing.kind) !== standing) continue;
    headers[`x-ratelimit-limit-${name}`] = String(standing.limit);
    headers[`x-ratelimit-remaining-${name}`] = String(standing.remaining);
    headers[`x-ratelimit-reset-${name}`] = resetText(standing.resetMs);
  }
}

function tightest(standings: readonly Standing[], kind: LimitKind): Standing | null {
  let found: Standing | null = null;
  for (const standing of standings) {
    if (standing.kind === kind && (found === null || standing.remaining < found.remaining)) found = standing;
  }
  return found;
}

/** As OpenAI writes it: `17ms`, `5s`. */
function resetText(resetMs: number): string {
  return resetMs < 1_000 ? `${Math.ceil(resetMs)}ms` : `${Math.ceil(resetMs / 1_000)}s`;
}
