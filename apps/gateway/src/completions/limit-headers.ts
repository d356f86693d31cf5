// How the caller's limits stand, in OpenAI's header names (and input and output tokens apart), on every answer.
import type { LimitKind, Standing } from '#limits';

/** Whole names, made once: V8 looks a name up by its identity, and would look for one put together anew each time. */
const NAMES: Partial<Record<LimitKind, HeaderNames>> = {
  requests: namesOf('requests'),
  tokens: namesOf('tokens'),
  input_tokens: namesOf('input-tokens'),
  output_tokens: namesOf('output-tokens'),
};

interface HeaderNames {
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string;
}

/** Of a tenant's and a key's limit of one kind the tighter is told: the one with less left. */
export function tellStandings(headers: Record<string, string>, standings: readonly Standing[]): void {
  for (const standing of standings) {
    const names = NAMES[standing.kind];
    if (names === undefined || tightest(standings, standing.kind) !== standing) continue;
    headers[names.limit] = String(standing.limit);
    headers[names.remaining] = String(standing.remaining);
    headers[names.reset] = resetText(standing.resetMs);
  }
}

function namesOf(what: string): HeaderNames {
  return {
    limit: `x-ratelimit-limit-${what}`,
    remaining: `x-ratelimit-remaining-${what}`,
    reset: `x-ratelimit-reset-${what}`,
  };
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
