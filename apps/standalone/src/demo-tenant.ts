// The tenant of the quickstart: made at the first start through the same registry the admin API uses, with a plan whose
// limits the demo requests can be seen to use.
import { type PlanInput, parseKeyToken, type Registry, type Result } from '#tenancy';
import { readKey, type StateFolder, writeKey } from './state-folder.ts';

const ACTOR = 'npm run up';
export const DEMO_TENANT = 'demo';

/** Room for the three demo requests and for playing; small enough to see them move. */
const DEMO_PLAN: PlanInput = {
  limits: {
    requestsPerMinute: 600,
    inputTokensPerMinute: 2_000_000,
    outputTokensPerMinute: 200_000,
    concurrentRequests: 64,
    budgets: [{ period: 'day', unit: 'tokens', limit: 50_000_000 }],
  },
};

/** The key's text; it is also in the folder. A key of that file that the database does not know is replaced. */
export async function ensureDemoKey(registry: Registry, folder: StateFolder): Promise<string> {
  if ((await registry.plan(DEMO_TENANT)) === null)
    done(await registry.setPlan(ACTOR, DEMO_TENANT, DEMO_PLAN, null));
  if ((await registry.tenant(DEMO_TENANT)) === null)
    done(await registry.createTenant(ACTOR, DEMO_TENANT, { displayName: 'Demo', plan: DEMO_TENANT }));
  const kept = readKey(folder.keyFile);
  const id = kept === null ? null : (parseKeyToken(kept)?.id ?? null);
  const known = id === null ? null : await registry.key(id);
  if (kept !== null && known?.state === 'active') return kept;
  const { text } = done(await registry.createKey(ACTOR, DEMO_TENANT, { name: 'quickstart' }));
  writeKey(folder.keyFile, text);
  return text;
}

function done<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(`the quickstart's tenant cannot be made: ${result.message}`);
}
