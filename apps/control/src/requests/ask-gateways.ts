// What gateways remember of a request: all of them are asked at once, for which one had it nobody else knows. Behind a name with
// several addresses (a headless Service lists the gateways) each address is one.
import { fetchFailure, readOpsPage } from '#telemetry';
import { addressesOf, type ResolveName, resolveName } from './addresses-of.ts';
import type { GatewayRecords } from './request-story.ts';
import { readRecords } from './request-story.ts';

/** A gateway whose event loop is held by a long prompt answers within milliseconds still. */
const DEADLINE_MS = 2_000;

/** Origins of ops ports, as in `http://ropeway-gateway-ops:9090`. Never rejects. */
export async function askGateways(
  origins: readonly string[],
  id: string,
  resolve: ResolveName = resolveName,
): Promise<GatewayRecords> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const asked = await Promise.all(origins.map((origin) => askAll(origin, id, signal, resolve)));
  const answers = asked.flat();
  return {
    records: answers
      .flatMap(({ records }) => records)
      .sort((one, other) => (one.started_at < other.started_at ? 1 : -1)),
    gateways: {
      asked: answers.length,
      silent: answers.flatMap(({ origin, why }) => (why === null ? [] : [{ url: origin, why }])),
    },
  };
}

interface Answer {
  readonly origin: string;
  readonly records: GatewayRecords['records'];
  /** null: it answered. */
  readonly why: string | null;
}

/** Each name by itself: one that is slow to resolve holds up no other. */
async function askAll(
  origin: string,
  id: string,
  signal: AbortSignal,
  resolve: ResolveName,
): Promise<Answer[]> {
  const addresses = await addressesOf(origin, signal, resolve);
  return Promise.all(addresses.map((address) => ask(address, id, signal)));
}

async function ask(origin: string, id: string, signal: AbortSignal): Promise<Answer> {
  try {
    const { status, text } = await readOpsPage(`${origin}/requests/${encodeURIComponent(id)}`, signal);
    if (status === 404 && !isWithoutPage(text)) return { origin, records: [], why: null };
    if (status !== 200) return { origin, records: [], why: `answered ${status}` };
    const records = text === null ? null : readRecords(text);
    return records === null
      ? { origin, records: [], why: 'its answer is not one of a gateway of this version' }
      : { origin, records, why: null };
  } catch (error) {
    return { origin, records: [], why: signal.aborted ? 'did not answer in time' : fetchFailure(error) };
  }
}

/** A gateway from before there was such a page says which it has (ops-server.ts); and it may be no gateway at all. */
function isWithoutPage(text: string | null): boolean {
  return text === null || !text.startsWith('{"error":') || text.startsWith('{"error":"use /');
}
