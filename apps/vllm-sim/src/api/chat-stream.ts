// The event stream of a chat completion, frame by frame as vLLM writes it. The parts of a frame that never change are
// made once a stream: a server with a thousand streams spends its time here.
import type { ServerResponse } from 'node:http';
import type { FinishReason } from '../engine/sequence.ts';
import type { Choice, ChoiceListener, Delta } from '../generation/choice.ts';
import type { GenerationRequest } from '../generation/generation-request.ts';
import type { Run } from '../generation/run.ts';
import { type Counts, type UsageForm, usageOf } from '../generation/usage.ts';
import { engineDead } from '../http/api-error.ts';
import { respond } from '../http/respond.ts';
import type { SimContext } from '../sim-context.ts';

export interface ChatStreamParts {
  readonly res: ServerResponse;
  readonly request: GenerationRequest;
  readonly context: SimContext;
  readonly id: string;
  readonly createdS: number;
  /** Sends the head; called with the first token, as vLLM does, so that a refusal can still be a status. */
  readonly open: () => void;
}

export class ChatStream implements ChoiceListener {
  readonly #parts: ChatStreamParts;
  readonly #head: string;
  readonly #begun = new Set<number>();
  #run: Run | null = null;
  #unfinished = 0;

  constructor(parts: ChatStreamParts) {
    this.#parts = parts;
    const model = JSON.stringify(parts.request.model);
    this.#head = `{"id":${JSON.stringify(parts.id)},"object":"chat.completion.chunk","created":${parts.createdS},"model":${model},"choices":[`;
  }

  follow(run: Run): void {
    this.#run = run;
    this.#unfinished = run.choices.length;
  }

  delta(choice: Choice, delta: Delta, finish: FinishReason | null): void {
    if (this.#begun.size === 0) this.#parts.open();
    let frames = this.#begun.has(choice.index) ? '' : this.#firstFrames(choice);
    const shown = this.#shownDelta(delta);
    if (shown !== null || finish !== null) frames += this.#frame(choice, shown ?? '{}', delta, finish);
    if (finish !== null) this.#unfinished -= 1;
    if (this.#unfinished === 0) frames += this.#lastFrames();
    if (frames !== '') this.#parts.res.write(frames);
    if (this.#unfinished === 0) this.#parts.res.end();
  }

  failed(): void {
    const { res } = this.#parts;
    const error = engineDead().body();
    if (res.headersSent) res.end(`data: ${error}\n\ndata: [DONE]\n\n`);
    else respond(res, 500, error);
  }

  #firstFrames(choice: Choice): string {
    this.#begun.add(choice.index);
    const { request } = this.#parts;
    const usage = this.#runningUsage(choice, 0);
    const ids = request.returnTokenIds ? JSON.stringify(choice.promptIds) : 'null';
    return `data: ${this.#head}{"index":${choice.index},"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]${usage},"prompt_token_ids":${ids},"prompt_text":null}\n\n`;
  }

  /** The delta's JSON, or null when the token shows nothing: an end mark, held-back text, hidden thinking. */
  #shownDelta(delta: Delta): string | null {
    const { request, context } = this.#parts;
    const parts: string[] = [];
    if (delta.reasoning !== '' && request.includeReasoning) {
      const reasoning = JSON.stringify(delta.reasoning);
      parts.push(`"reasoning":${reasoning}`);
      if (context.settings.legacyReasoning) parts.push(`"reasoning_content":${reasoning}`);
    }
    if (delta.content !== '') parts.push(`"content":${JSON.stringify(delta.content)}`);
    if (parts.length === 0) return null;
    if (!request.includeReasoning) parts.push('"reasoning":null');
    return `{${parts.join(',')}}`;
  }

  #frame(choice: Choice, shown: string, delta: Delta, finish: FinishReason | null): string {
    const { request, context } = this.#parts;
    const reason =
      finish === null ? 'null' : `"${finish}","stop_reason":${JSON.stringify(choice.stopReason)}`;
    const ids = request.returnTokenIds ? JSON.stringify(delta.tokens.map((token) => token.id)) : 'null';
    const usage = this.#runningUsage(choice, choice.completionTokens);
    const fingerprint =
      finish !== null && !request.includeUsage
        ? `,"system_fingerprint":${JSON.stringify(context.fingerprint)}`
        : '';
    return `data: ${this.#head}{"index":${choice.index},"delta":${shown},"logprobs":null,"finish_reason":${reason},"token_ids":${ids}}]${fingerprint}${usage}}\n\n`;
  }

  #runningUsage(choice: Choice, completionTokens: number): string {
    if (!this.#parts.request.continuousUsage) return '';
    const { reasoningTokens } = choice;
    return `,"usage":${this.#usage({ completionTokens, reasoningTokens }, 'running')}`;
  }

  #lastFrames(): string {
    const { request, context } = this.#parts;
    if (!request.includeUsage) return 'data: [DONE]\n\n';
    const choices = this.#run?.choices ?? [];
    const sum = (of: (choice: Choice) => number) => choices.reduce((total, choice) => total + of(choice), 0);
    const completionTokens = sum((choice) => choice.completionTokens);
    const usage = this.#usage(
      { completionTokens, reasoningTokens: sum((choice) => choice.reasoningTokens) },
      'stream',
    );
    return `data: ${this.#head}],"usage":${usage},"system_fingerprint":${JSON.stringify(context.fingerprint)}}\n\ndata: [DONE]\n\n`;
  }

  #usage(counts: Pick<Counts, 'completionTokens' | 'reasoningTokens'>, form: UsageForm): string {
    const promptTokens = this.#run?.choices[0]?.promptIds.length ?? 0;
    const cachedTokens = this.#run?.cachedTokens() ?? 0;
    return JSON.stringify(
      usageOf({ ...counts, promptTokens, cachedTokens }, form, true, this.#parts.context.settings),
    );
  }
}
