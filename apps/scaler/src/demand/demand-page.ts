// What a gateway answers to GET /demand. Read so that gateways of another version are understood where that is safe: fields
// nobody knows are passed over, but a count that is missing is not taken for 0, for 0 is what ends workers.
import * as z from 'zod';

export interface DemandPage {
  readonly pools: ReadonlyMap<string, PoolDemand>;
}

/** Of one gateway, for one pool. A request belongs to the pool it needs, wherever it was sent. */
export interface PoolDemand {
  /** Requests that wait for room. */
  readonly parked: number;
  readonly parkedTokens: number;
  /** Uncached prompt tokens sent to workers and without a first token. */
  readonly prefillTokens: number;
  readonly running: number;
  /** Somebody wanted the pool awake, and may have left since. */
  readonly hasActivation: boolean;
  /** Workers this gateway may use. */
  readonly ready: number;
  /** Share of its KV cache in use, by worker. */
  readonly kvUsage: ReadonlyMap<string, number>;
}

type PageReading =
  | { readonly isRead: true; readonly page: DemandPage }
  /** `why` completes "the gateway answers ...". */
  | { readonly isRead: false; readonly why: string };

const count = z.number().nonnegative();
const poolShape = z.object({
  parked: count,
  parked_tokens: count,
  prefill_tokens: count,
  running: count,
  activation: z.boolean(),
  ready: count.default(0),
  kv_usage: z.record(z.string(), count).default({}),
});
const pageShape = z.object({ version: z.int().min(1), pools: z.record(z.string(), poolShape) });

export function readDemandPage(text: string): PageReading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { isRead: false, why: 'something that is no JSON' };
  }
  const parsed = pageShape.safeParse(value);
  if (!parsed.success) return { isRead: false, why: flawOf(parsed.error) };
  const pools = Object.entries(parsed.data.pools).map(([name, pool]) => [name, demandOf(pool)] as const);
  return { isRead: true, page: { pools: new Map(pools) } };
}

function demandOf(pool: z.output<typeof poolShape>): PoolDemand {
  return {
    parked: pool.parked,
    parkedTokens: pool.parked_tokens,
    prefillTokens: pool.prefill_tokens,
    running: pool.running,
    hasActivation: pool.activation,
    ready: pool.ready,
    kvUsage: new Map(Object.entries(pool.kv_usage)),
  };
}

/** The first flaw is enough: the page is made by a program. */
function flawOf({ issues: [issue] }: z.ZodError): string {
  const place = issue?.path.join('.') ?? '';
  return `JSON that is no demand page (${place === '' ? 'the whole' : place}: ${issue?.message ?? 'unknown'})`;
}
