// Sends one request through the front door with the official client, and notes what a caller would see.
import OpenAI from 'openai';
import type { DemoRequest } from './demo-requests.ts';

export interface Asked {
  readonly title: string;
  readonly promptTokens: number;
  readonly outputBudget: number;
  readonly pool: string;
  readonly rope: string;
  readonly reason: string;
  readonly firstTokenMs: number;
  readonly tokensPerSecond: number;
  readonly completionTokens: number;
  /** As the worker counted it: equal to what the gateway counted before, or something is wrong. */
  readonly countedByWorker: number;
  readonly finishReason: string;
}

/** `onText` is told the tokens so far, for whoever shows progress. Rejects with the client's own error. */
export async function ask(
  baseURL: string,
  apiKey: string,
  request: DemoRequest,
  onText: (tokens: number) => void,
): Promise<Asked> {
  const client = new OpenAI({ baseURL, apiKey, maxRetries: 0, timeout: 120_000 });
  const started = performance.now();
  let firstTokenMs = 0;
  let tokens = 0;
  let finishReason = '';
  let usage: OpenAI.CompletionUsage | null = null;
  const { data: stream, response } = await client.chat.completions
    .create({
      model: 'qwq-32b',
      messages: [{ role: 'user', content: request.prompt }],
      stream: true,
      stream_options: { include_usage: true },
    })
    .withResponse();
  for await (const chunk of stream) {
    if (firstTokenMs === 0) firstTokenMs = performance.now() - started;
    if (chunk.usage) usage = chunk.usage;
    if (chunk.choices[0]?.finish_reason) finishReason = chunk.choices[0].finish_reason;
    onText(++tokens);
  }
  if (!usage) throw new Error('the stream ended without usage');
  const seconds = (performance.now() - started - firstTokenMs) / 1000;
  const header = (name: string) => response.headers.get(name) ?? '';
  return {
    title: request.title,
    promptTokens: Number(header('x-ropeway-prompt-tokens')),
    outputBudget: Number(header('x-ropeway-output-budget')),
    pool: header('x-ropeway-pool'),
    rope: header('x-ropeway-rope'),
    reason: header('x-ropeway-reason'),
    firstTokenMs,
    tokensPerSecond: usage.completion_tokens / seconds,
    completionTokens: usage.completion_tokens,
    countedByWorker: usage.prompt_tokens,
    finishReason,
  };
}
