// One question to one gateway: GET /demand, with a deadline.
import { fetchFailure, type OpsPage, type PollAnswer, readOpsPage } from '#telemetry';
import { type DemandPage, readDemandPage } from './demand-page.ts';

export type GatewayAnswer =
  | { readonly kind: 'read'; readonly page: DemandPage }
  /** `why` is a sentence's end: "the gateway ...". */
  | { readonly kind: Exclude<PollAnswer, 'read'>; readonly why: string };

/** Several tries must fit into the silence after which a gateway is given up (5 s by default). */
const DEADLINE_MS = 2_000;

/** Never rejects. When the signal aborts, the answer is `late`. */
export async function askGateway(url: string, signal: AbortSignal): Promise<GatewayAnswer> {
  const deadline = new AbortController();
  const cancel = () => deadline.abort();
  const timer = setTimeout(cancel, DEADLINE_MS);
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return answerOf(await readOpsPage(`${url}/demand`, deadline.signal));
  } catch (error) {
    if (deadline.signal.aborted) return { kind: 'late', why: `did not answer within ${DEADLINE_MS} ms` };
    return { kind: 'unreachable', why: `cannot be reached (${fetchFailure(error)})` };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', cancel);
  }
}

function answerOf({ status, text }: OpsPage): GatewayAnswer {
  if (status !== 200) return { kind: 'refused', why: `answers ${status} to GET /demand` };
  if (text === null) return { kind: 'unreadable', why: 'answers more than a page of demand is' };
  const reading = readDemandPage(text);
  return reading.isRead
    ? { kind: 'read', page: reading.page }
    : { kind: 'unreadable', why: `answers ${reading.why}` };
}
