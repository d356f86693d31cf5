// What stands between client and worker, whichever it is.
import type { Child } from './child.ts';
import type { LoadTools } from './load-tools.ts';
import type { LoadWorker } from './start-worker.ts';

export interface RunningProxy extends Child {
  readonly port: number;
  /** `name: value` lines a request needs. */
  readonly headers: readonly string[];
}

/** How one kind of proxy is started. */
export interface ProxyKind {
  readonly name: string;
  start(tools: LoadTools, worker: LoadWorker): Promise<RunningProxy>;
}

export const QUESTION = {
  model: 'qwq-32b',
  messages: [{ role: 'user', content: 'Which is larger, 9.9 or 9.11?' }],
};

/** It is up when a whole request went through: the port alone opens before a gateway trusts its workers. */
export async function answersQuestion(port: number, headers: readonly string[]): Promise<boolean> {
  const pairs = headers
    .map((line) => line.split(': ', 2))
    .map(([name = '', value = '']) => [name, value] as const);
  const response = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...Object.fromEntries(pairs) },
    body: JSON.stringify(QUESTION),
  }).catch(() => null);
  await response?.arrayBuffer();
  return response?.status === 200;
}
