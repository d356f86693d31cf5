// A worker whose answers the test writes itself, for what the simulator does not do: it passes the looks of the fleet and
// hands every request for text to the script.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Script = (res: ServerResponse, req: IncomingMessage) => void;

export interface ScriptedWorker {
  readonly url: string;
  close(): Promise<void>;
}

export async function startScriptedWorker(windowTokens: number, script: Script): Promise<ScriptedWorker> {
  const models = JSON.stringify({ object: 'list', data: [{ id: 'QwQ-32B', max_model_len: windowTokens }] });
  const server = createServer((req, res) => {
    req.resume();
    if (req.url === '/health' || req.url === '/metrics') res.end();
    else if (req.url === '/v1/models') res.end(models);
    else script(res, req);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One chunk of a chat as vLLM writes it. */
export function frame(delta: object, finishReason: string | null = null): string {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finishReason }];
  return `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'QwQ-32B', choices })}\n\n`;
}

export const DONE = 'data: [DONE]\n\n';
export const SSE = { 'content-type': 'text/event-stream; charset=utf-8' };
