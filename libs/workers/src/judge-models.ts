// Does a worker serve what its pool declares? Its /v1/models is compared with the declaration; what differs comes out
// as a sentence that says what to change.
import type { Defect } from './defect.ts';
import type { PoolDeclaration } from './fleet.ts';

/** null when some served card has the declared name and window; else what differs and what to do about it. */
export function judgeModels(body: string, pool: PoolDeclaration): Defect | null {
  const cards = parseModelCards(body);
  if (cards === null) return UNLIKE_VLLM;
  const named = cards.filter((card) => card.id === pool.servedName);
  if (named.length === 0) {
    const names = cards.map((card) => `"${card.id}"`).join(', ') || 'no model';
    const reason = `it serves ${names}, the pool declares "${pool.servedName}"; set the pool's servedName, or start vLLM with --served-model-name ${pool.servedName}`;
    return { cause: 'served-name', reason };
  }
  if (named.some((card) => card.windowTokens === pool.windowTokens)) return null;
  const window = named[0]?.windowTokens ?? 'no window';
  const reason = `its max_model_len is ${window}, the pool's window is ${pool.windowTokens}; start vLLM with --max-model-len ${pool.windowTokens} and the pool's RoPE, or change the pool's window`;
  return { cause: 'window', reason };
}

const UNLIKE_VLLM: Defect = {
  cause: 'unlike-vllm',
  reason: 'its /v1/models does not answer as vLLM does; check that the URL is a vLLM server',
};

interface ModelCard {
  readonly id: string;
  readonly windowTokens: number | null;
}

function parseModelCards(body: string): readonly ModelCard[] | null {
  const list = parseObject(body)?.data;
  if (!Array.isArray(list)) return null;
  return list.flatMap((card: unknown) => {
    if (!isObject(card) || typeof card.id !== 'string') return [];
    const window = card.max_model_len;
    return [{ id: card.id, windowTokens: typeof window === 'number' ? window : null }];
  });
}

/** The JSON object a worker answered, or null for anything else. */
export function parseObject(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
