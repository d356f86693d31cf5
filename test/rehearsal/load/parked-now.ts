// How many requests wait in the gateways, as they tell scalers.
const ANSWER_MS = 1_000;

interface DemandPage {
  readonly pools: Readonly<Record<string, { readonly parked: number }>>;
}

/** One that does not answer has none to show. */
export async function parkedNow(pods: readonly { readonly opsUrl: string }[]): Promise<number> {
  const parked = await Promise.all(pods.map(({ opsUrl }) => parkedIn(opsUrl).catch(() => 0)));
  return parked.reduce((sum, count) => sum + count, 0);
}

async function parkedIn(opsUrl: string): Promise<number> {
  const answer = await fetch(`${opsUrl}/demand`, { signal: AbortSignal.timeout(ANSWER_MS) });
  const { pools } = (await answer.json()) as DemandPage;
  return Object.values(pools).reduce((sum, { parked }) => sum + parked, 0);
}
