// --sse-keep-alive-interval: comments on a stream that waits for its first token.
import type { ServerResponse } from 'node:http';
import { openStream } from './respond.ts';

export function keepAlive(res: ServerResponse, everyMs: number, isWaiting: () => boolean): void {
  if (everyMs === 0) return;
  const timer = setInterval(() => {
    if (!isWaiting()) return clearInterval(timer);
    openStream(res);
    res.write(': keep-alive\n\n');
  }, everyMs);
  res.once('close', () => clearInterval(timer));
}
