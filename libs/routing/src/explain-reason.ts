// One short sentence for people, by `/v1/route`, the console and `ropeway route explain`: why this pool?
import { explainWait } from './explain-wait.ts';
import type { Demand, PoolFit, RouteDecision, RouteReason, Wait } from './route.ts';

export function explainReason(decision: RouteDecision): string {
  switch (decision.kind) {
    case 'refuse':
      return decision.fault.message;
    case 'dispatch':
      return explainChoice(decision);
    case 'wait':
      return `${explainChoice(decision)} ${whyWait(decision)}`;
  }
}

function whyWait({ unavailable, pool }: Wait): string {
  return unavailable
    ? `It is not available: ${explainWait(pool)}. The request would wait.`
    : 'All its workers are full, so the request would wait.';
}

/** What the sentence is made of: of a decision, or of the record of a request long decided. */
interface Chosen {
  readonly demand: Demand;
  readonly pool: { readonly name: string; readonly windowTokens: number };
  readonly pools: readonly Pick<PoolFit, 'name' | 'windowTokens'>[];
  readonly reason: RouteReason;
}

/** Why this pool, whether or not it had room. */
export function explainChoice({ demand, pool, pools, reason }: Chosen): string {
  const name = `Pool ${pool.name} (window ${pool.windowTokens})`;
  switch (reason) {
    case 'smallest-rope':
      return `${name} has the smallest RoPE factor that fits ${needs(demand)}.`;
    case 'output-budget':
      return `${name} fits ${needs(demand)}; the prompt alone would fit ${promptPool(pools, demand)}.`;
    case 'pinned':
      return `${name} was asked for, and fits ${needs(demand)}.`;
    case 'spill':
      return `${name} is one RoPE factor above what fits ${needs(demand)}; that had no room for too long.`;
    case 'prompt-only':
      return `${name} is the largest; ${leaves(demand)} for the answer.`;
    case 'clipped':
      return `${name} is the largest; the output was clipped: ${leaves(demand)}.`;
  }
}

function needs(demand: Demand): string {
  return `${demand.tokens} tokens (prompt ${demand.promptTokens}, output ${demand.outputBudget} ${
    demand.outputBudgetSource === 'assumed' ? 'assumed' : `by ${demand.outputBudgetSource}`
  })`;
}

function leaves({ promptTokens, outputBudget }: Demand): string {
  return `the prompt of ${promptTokens} tokens leaves ${outputBudget}`;
}

/** The pool the prompt alone would have gone to; `pools` come smallest rope first. */
function promptPool(pools: Chosen['pools'], demand: Demand): string {
  return pools.find((fit) => fit.windowTokens > demand.promptTokens)?.name ?? 'a smaller one';
}
