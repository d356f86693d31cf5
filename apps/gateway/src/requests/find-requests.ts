// `GET /requests/{id}` of the ops port: requests that run, and those that ended a short while ago.
import type { RequestStory, Telemetry } from '#telemetry';
import type { LiveAnswers } from '../completions/live-answers.ts';
import { tellRequest } from './tell-request.ts';

export interface RequestsPorts {
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
  if (records.length === 0) return null;
  const telling = { gateway: gatewayId, nowMs: performance.now(), now: new Date() };
  return { requests: records.map((record) => tellRequest(record, telling)) };
}
