// One short sentence for people, by `/v1/route`, the console and `ropeway route explain`: why this pool?
import { explainWait } from './explain-wait.ts';
import type { Demand, PoolFit, RouteDecision } from './route.ts';

export function explainReason(decision: RouteDecision): string {
  switch (decision.kind) {
    case 'refuse':
      return decision.fault.message;
    case 'dispatch':
      return whyPool(decision);
    case 'wait':
      return `${whyPool(decision)} ${whyWait(decision)}`;
  }
}

function whyWait({ unavailable, pool }: Extract<RouteDecision, { kind: 'wait' }>): string {
  return unavailable
    ? `It is not available: ${explainWait(pool)}. The request would wait.`
    : 'All its workers are full, so the request would wait.';
}

type Chosen = Exclude<RouteDecision, { kind: 'refuse' }>;

function whyPool(decision: Chosen): string {
  const { demand, pool, pools, reason } = decision;
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
function promptPool(pools: readonly PoolFit[], demand: Demand): string {
  return pools.find((fit) => fit.windowTokens > demand.promptTokens)?.name ?? 'a smaller one';
}
