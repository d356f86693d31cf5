// Who waited in a gateway and for how long: as the gateways' own logs say, one line a request.
import { quantile } from './quantile.ts';

/** The log line of one request (libs/telemetry/src/request-log.ts). */
export interface LoggedRequest {
  readonly pool: string;
  readonly queueMs: number;
}

export interface ParkedReport {
  readonly requests: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly longestMs: number | null;
}

/** null: the line is about something else. */
export function loggedRequest(record: Readonly<Record<string, unknown>>): LoggedRequest | null {
  const { msg, pool, queue_ms: queueMs } = record;
  if (msg !== 'request' || typeof pool !== 'string' || typeof queueMs !== 'number') return null;
  return { pool, queueMs };
}

/** By pool, of those in which somebody waited. */
export function parkedReport(requests: readonly LoggedRequest[]): Readonly<Record<string, ParkedReport>> {
  const waits = Map.groupBy(
    requests.filter(({ queueMs }) => queueMs > 0),
    ({ pool }) => pool,
  );
  const reports = [...waits].map(([pool, parked]) => {
    const times = parked.map(({ queueMs }) => queueMs);
    const report = {
      requests: times.length,
      p50Ms: quantile(times, 0.5),
      p95Ms: quantile(times, 0.95),
      longestMs: quantile(times, 1),
    };
    return [pool, report] as const;
  });
  return Object.fromEntries(reports.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
