// `x-ropeway-pool`: a caller may pin a pool.

export function pinnedPool(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && header !== '' ? header : null;
}
