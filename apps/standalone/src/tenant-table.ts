// What the demo tenant sees with its own key once its requests are through: what is left of its limits, and what it used.
import { setTimeout as sleep } from 'node:timers/promises';
import Table from 'cli-table3';

interface TenantView {
  readonly limits: readonly {
    readonly kind: string;
    readonly scope: string;
    readonly limit: number;
    readonly remaining: number;
  }[];
  readonly usage: readonly {
    readonly pool: string;
    readonly requests: number;
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
  }[];
}

const PAUSE_MS = 100;
const REQUEST_MS = 5_000;

/** Requests of the tenant that the ledger knows of; an earlier start may have left some. */
export async function requestsUsed(origin: string, key: string): Promise<number> {
  return sumOf(await usageOf({ origin, key, signal: AbortSignal.timeout(REQUEST_MS) }));
}

/** GET /v1/limits and /v1/usage. Usage comes by the outbox: waits until so many requests are in it, or the signal aborts. */
export async function tenantView(
  origin: string,
  key: string,
  requests: number,
  signal: AbortSignal,
): Promise<TenantView> {
  const door = { origin, key, signal };
  for (;;) {
    const usage = await usageOf(door);
    if (sumOf(usage) >= requests) {
      const { limits } = (await get('limits', door)) as Pick<TenantView, 'limits'>;
      return { limits, usage };
    }
    await sleep(PAUSE_MS, null, { signal });
  }
}

interface Door {
  readonly origin: string;
  readonly key: string;
  readonly signal: AbortSignal;
}

async function usageOf(door: Door): Promise<TenantView['usage']> {
  const { data } = (await get('usage?by=pool', door)) as { readonly data: TenantView['usage'] };
  return data;
}

async function get(path: string, { origin, key, signal }: Door): Promise<unknown> {
  const response = await fetch(`${origin}/v1/${path}`, {
    headers: { authorization: `Bearer ${key}` },
    signal,
  });
  if (!response.ok) throw new Error(`GET /v1/${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

function sumOf(usage: TenantView['usage']): number {
  return usage.reduce((sum, row) => sum + row.requests, 0);
}

export function tenantTable({ limits, usage }: TenantView): string {
  const style = { head: [], border: [] };
  const left = new Table({
    head: ['limit', 'of', 'left now', 'used'],
    style,
    colAligns: ['left', 'right', 'right', 'right'],
  });
  for (const { kind, limit, remaining } of limits) {
    const share = `${(100 - (100 * remaining) / limit).toFixed(1)} %`;
    left.push([kind.replaceAll('_', ' '), number(limit), number(remaining), isBurst(kind) ? '' : share]);
  }
  const used = new Table({
    head: ['pool', 'requests', 'input', 'output'],
    style,
    colAligns: ['left', 'right', 'right', 'right'],
  });
  for (const row of usage)
    used.push([row.pool, number(row.requests), number(row.prompt_tokens), number(row.completion_tokens)]);
  return `What the tenant sees (GET /v1/limits, GET /v1/usage):\n${left.toString()}\n${used.toString()}`;
}

/** Of a rate only the burst can be had at once, so a share of the minute would mislead. */
function isBurst(kind: string): boolean {
  return !kind.endsWith('_budget');
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
