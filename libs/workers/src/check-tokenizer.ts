// Does a worker count tokens as we do? The exact count decides pool and limits, so a worker that counts differently
// (another vocabulary, another template, vLLM's Rust front end) must not be used.
import type { WorkerQuestion, WorkerReply } from './ask-worker.ts';
import type { TokenizerFinding } from './fleet-event.ts';
import { parseObject } from './judge-models.ts';

export interface TokenizerProbe {
  readonly name: string;
  /** JSON for `POST /tokenize`, without `model`: a worker has one. */
  readonly body: string;
  /** What our own counter says. */
  readonly expectedTokens: number;
  /** Only for pools of this model (its id in the configuration); absent: for every pool. */
  readonly model?: string;
}

/** It has no such path or method, or whatever stands before it lets nobody there: nothing is said of how it counts. */
const ABSENT: ReadonlyMap<number, string> = new Map([
  [401, 'keeps its /tokenize from us'],
  [403, 'keeps its /tokenize from us'],
  [404, 'has no /tokenize'],
  [405, 'has no /tokenize to post to'],
  [501, 'has no /tokenize'],
]);

/** Times a probe is sent before the check is put off. */
const ATTEMPTS = 3;

/** Sends the probes one after the other and stops at the first that settles the matter. Never rejects. */
export async function checkTokenizer(
  probes: readonly TokenizerProbe[],
  ask: (question: WorkerQuestion) => Promise<WorkerReply>,
  timeoutMs: number,
): Promise<TokenizerFinding> {
  for (const [index, probe] of probes.entries()) {
    const outcome = await compare(probe, ask, timeoutMs);
    if (outcome.result !== 'same') return finding(outcome.result, index + 1, outcome.detail);
  }
  return finding('same', probes.length, `${probes.length} counts are equal`);
}

interface Comparison {
  readonly result: TokenizerFinding['result'];
  readonly detail: string;
}

async function compare(
  probe: TokenizerProbe,
  ask: (question: WorkerQuestion) => Promise<WorkerReply>,
  timeoutMs: number,
): Promise<Comparison> {
  let why = '';
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const reply = await ask({ method: 'POST', path: '/tokenize', body: probe.body, timeoutMs });
    if (reply.kind === 'answered' && reply.status === 200) return judge(probe, reply.body.toString('utf8'));
    const absent = reply.kind === 'answered' ? ABSENT.get(reply.status) : undefined;
    if (reply.kind === 'answered' && absent !== undefined) {
      const detail = `it ${absent} (status ${reply.status}); its counts cannot be compared with ours`;
      return { result: 'absent', detail };
    }
    if (reply.kind === 'answered' && reply.status < 500) {
      const detail = `it refuses the probe "${probe.name}" with ${reply.status}, we count ${probe.expectedTokens} tokens; it renders or counts prompts in another way`;
      return { result: 'different', detail };
    }
    if (reply.kind === 'refused') return { result: 'unanswered', detail: reply.why };
    why = reply.kind === 'answered' ? `status ${reply.status}` : reply.why;
  }
  return { result: 'unanswered', detail: `/tokenize did not answer the probe "${probe.name}": ${why}` };
}

function judge(probe: TokenizerProbe, body: string): Comparison {
  const count = parseObject(body)?.count;
  if (count === probe.expectedTokens) return { result: 'same', detail: '' };
  const counted = typeof count === 'number' ? `${count} tokens` : 'no number';
  const detail = `it counts ${counted} for the probe "${probe.name}", we count ${probe.expectedTokens}; serve the model's own tokenizer and chat template with vLLM's Python front end, or declare the model's own tokenizer.json`;
  return { result: 'different', detail };
}

function finding(result: TokenizerFinding['result'], probes: number, detail: string): TokenizerFinding {
  return { kind: 'tokenizer-check', result, probes, detail };
}
