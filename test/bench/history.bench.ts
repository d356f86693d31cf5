// What a prompt of 100,000 tokens waits for us before its first token, over going to the worker directly: when we see it
// for the first time, and when it is a conversation we saw a turn ago. Real prose (Moby-Dick), each request's paragraphs
// marked with its number, so that no part of a cold one is in the cache. Two shapes: one long text, and a chat of many turns.
// Run: npm run bench -- --only history
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { median, round } from './load/figures.ts';
import { firstToken } from './load/first-token.ts';
import type { LoadTools } from './load/load-tools.ts';
import type { RunningProxy } from './load/proxy.ts';
import { ropewayProxy } from './load/ropeway-proxy.ts';
import { SERVED_NAME, startWorker } from './load/start-worker.ts';

interface HistoryFigures {
  /** Median time to the first token, through the gateway and directly, and the difference. */
  readonly through_p50_ms: number;
  readonly direct_p50_ms: number;
  readonly added_p50_ms: number;
  /** As the gateway counted them, the last request's. */
  readonly prompt_tokens: number;
}

export type HistoryResult = Readonly<Record<'text' | 'chat', { cold: HistoryFigures; seen: HistoryFigures }>>;

interface Message {
  readonly role: string;
  readonly content: string;
}

/** About 100,000 tokens once the paragraphs are marked. */
const CHARS = 388_000;
const TURNS = 50;
/** Code is compiled, threads are up. */
const WARM_UP_REQUESTS = 3;
const WINDOW_TOKENS = 131_072;
const QUESTION = { role: 'user', content: 'Who tells this story, and what does he want?' };

export async function run(tools: LoadTools, { requests }: { requests: number }): Promise<HistoryResult> {
  const worker = await startWorker(tools, { windowTokens: WINDOW_TOKENS, chunks: 1 });
  const gateway = await ropewayProxy({ windowTokens: WINDOW_TOKENS, factor: 4 }).start(tools, worker);
  try {
    const compare = (shape: Shape) => compareShape(shape, gateway, worker.port, requests);
    return { text: await compare(oneText), chat: await compare(manyTurns) };
  } finally {
    await gateway.stop();
    await worker.stop();
  }
}

async function compareShape(shape: Shape, gateway: RunningProxy, workerPort: number, requests: number) {
  const cold: Pair[] = [];
  const seen: Pair[] = [];
  for (let number = 0; number < requests + WARM_UP_REQUESTS; number++) {
    const history = shape(proseOf(`${shape.name} ${number}`));
    const first = await ask([...history, QUESTION], gateway, workerPort);
    const answered = [
      ...history,
      QUESTION,
      { role: 'assistant', content: 'Ishmael; he wants to see the sea.' },
    ];
    const next = { role: 'user', content: `And who is number ${number} of the crew?` };
    const second = await ask([...answered, next], gateway, workerPort);
    if (number < WARM_UP_REQUESTS) continue;
    cold.push(first);
    seen.push(second);
  }
  return { cold: figuresOf(cold), seen: figuresOf(seen) };
}

interface Pair {
  readonly throughMs: number;
  readonly directMs: number;
  readonly promptTokens: number;
}

async function ask(messages: readonly Message[], gateway: RunningProxy, workerPort: number): Promise<Pair> {
  const body = Buffer.from(JSON.stringify({ model: SERVED_NAME, stream: true, max_tokens: 1_000, messages }));
  const direct = await firstToken({ port: workerPort, headers: [], body });
  const through = await firstToken({ port: gateway.port, headers: gateway.headers, body });
  const promptTokens = Number(through.headers['x-ropeway-prompt-tokens']);
  return { throughMs: through.ms, directMs: direct.ms, promptTokens };
}

function figuresOf(pairs: readonly Pair[]): HistoryFigures {
  const through = median(pairs.map(({ throughMs }) => throughMs));
  const direct = median(pairs.map(({ directMs }) => directMs));
  return {
    through_p50_ms: round(through),
    direct_p50_ms: round(direct),
    added_p50_ms: round(through - direct),
    prompt_tokens: pairs.at(-1)?.promptTokens ?? 0,
  };
}

type Shape = (paragraphs: readonly string[]) => readonly Message[];

/** One message, and an answer, so that the question after it is a message of its own in both rounds. */
function oneText(paragraphs: readonly string[]): readonly Message[] {
  return [
    { role: 'user', content: paragraphs.join('\n\n') },
    { role: 'assistant', content: 'I have read it.' },
  ];
}

function manyTurns(paragraphs: readonly string[]): readonly Message[] {
  const perTurn = Math.ceil(paragraphs.length / TURNS);
  return Array.from({ length: TURNS }, (_, turn) => ({
    role: turn % 2 === 0 ? 'user' : 'assistant',
    content: paragraphs.slice(turn * perTurn, (turn + 1) * perTurn).join('\n\n'),
  })).filter(({ content }) => content !== '');
}

function proseOf(mark: string): readonly string[] {
  const file = new URL('../../apps/standalone/assets/prose.txt.gz', import.meta.url);
  const prose = gunzipSync(readFileSync(file)).toString('utf8').slice(0, CHARS);
  return prose.split(/\n\s*\n/).map((paragraph, index) => `(${mark}, ${index}) ${paragraph}`);
}
