// `GET /requests/{id}` of the ops port: requests that run, and those that ended a short while ago. `GET /requests` lists the latter.
import type { RequestRecord, RequestStory, Telemetry } from '#telemetry';
import type { LiveAnswers } from '../completions/live-answers.ts';
import { tellRequest } from './tell-request.ts';

interface RequestsPorts {
  readonly telemetry: Pick<Telemetry, 'recent'>;
  readonly liveAnswers: Pick<LiveAnswers, 'find'>;
  readonly gatewayId: string;
}

/** A client may send the same x-request-id with everything. */
const MOST = 20;

/** Newest first; null: not known here. */
export function findRequests(
  id: string,
  { telemetry, liveAnswers, gatewayId }: RequestsPorts,
): { readonly requests: readonly RequestStory[] } | null {
  const records = [...liveAnswers.find(id), ...telemetry.recent.find(id)].slice(0, MOST);
  return records.length === 0 ? null : told(records, gatewayId);
}

/** A page of them is 300 KB. */
const MOST_LISTED = 100;
const USUALLY_LISTED = 20;

/** `?outcome=failed&limit=50`: those that ended, newest first. */
export function listRequests(
  query: URLSearchParams,
  { telemetry, gatewayId }: Pick<RequestsPorts, 'telemetry' | 'gatewayId'>,
): { readonly requests: readonly RequestStory[] } {
  const outcome = query.get('outcome');
  const asked = Number(query.get('limit') ?? USUALLY_LISTED);
  const limit = Number.isInteger(asked) && asked > 0 ? Math.min(asked, MOST_LISTED) : USUALLY_LISTED;
  return told(
    telemetry.recent.last(limit, (record) => outcome === null || record.outcome === outcome),
    gatewayId,
  );
}

function told(records: readonly RequestRecord[], gateway: string) {
  const telling = { gateway, nowMs: performance.now(), now: new Date() };
  return { requests: records.map((record) => tellRequest(record, telling)) };
}
