// Why has a pool no worker to give? In the same words for whoever waits (heartbeats), is refused (the fault) or asks
// (`/v1/route`).
import type { PoolView } from '#workers';

/** A scheduler's message about a large cluster may be much longer; its beginning names the reason. */
const DETAIL_CHARACTERS = 240;

/** For a pool that has no worker in use. One line, no full stop. */
export function explainWait({ coming }: Pick<PoolView, 'coming'>): string {
  if (coming.obstacle) return oneLine(coming.obstacle.detail);
  if (coming.pods === 0) return 'none of its workers is ready';
  return coming.pods === 1 ? 'a pod of it is starting' : `${coming.pods} pods of it are starting`;
}

/** Somebody else's text goes into a comment of an event stream, a JSON answer and a log line. */
function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{C}\p{Z}]+/gu, ' ').trim();
  return [...line]
    .slice(0, DETAIL_CHARACTERS)
    .join('')
    .replace(/[.\s]+$/, '');
}
