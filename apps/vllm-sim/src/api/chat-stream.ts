// The event stream of a chat completion, frame by frame as vLLM writes it. The parts of a frame that never change are
// made once a stream: a server with a thousand streams spends its time here.
import type { ServerResponse } from 'node:http';
import type { FinishReason } from '../engine/sequence.ts';
import type { Choice, ChoiceListener, Delta } from '../generation/choice.ts';
import type { CallDelta } from '../generation/hermes-parser.ts';
import type { Run } from '../generation/run.ts';
import { type Counts, type UsageForm, usageOf } from '../generation/usage.ts';
import { engineDead } from '../http/api-error.ts';
import { openStream, respond } from '../http/respond.ts';
import { keepAlive } from '../http/sse-keep-alive.ts';
import { isSince033 } from '../is-since-033.ts';
import { rustFrames } from '../rust/rust-frame.ts';
import { shownFinish } from './chat-answer.ts';
import type { ChatAnswerShape } from './chat-answer-shape.ts';
import { chatLogprobs } from './logprobs.ts';
import { requestMetrics } from './request-metrics.ts';

export class ChatStream implements ChoiceListener {
  readonly #res: ServerResponse;
  readonly #shape: ChatAnswerShape;
  readonly #head: string;
  /** What 0.33 has beside the token ids of the last chunk, and at the end of every chunk with a token. */
  readonly #weights: string;
  readonly #transfer: string;
  readonly #begun = new Set<number>();
  #run: Run | null = null;
  #unfinished = 0;

  constructor(res: ServerResponse, shape: ChatAnswerShape) {
    this.#res = res;
    this.#shape = shape;
    const isLater = isSince033(shape.context.settings);
    this.#weights = isLater ? ',"weight_versions":null' : '';
    this.#transfer = isLater ? ',"kv_transfer_params":null' : '';
    const id = JSON.stringify(shape.id);
    const model = JSON.stringify(shape.request.model);
    this.#head = `data: {"id":${id},"object":"chat.completion.chunk","created":${shape.createdS},"model":${model},"choices":[`;
  }

  follow(run: Run): void {
    this.#run = run;
    keepAlive(this.#res, this.#shape.context.settings.sseKeepAliveMs, () => this.#begun.size === 0);
    this.#unfinished = run.choices.length;
  }

  delta(choice: Choice, delta: Delta, finish: FinishReason | null): void {
    // The head goes with the first token, as vLLM does it: until then a refusal can still be a status.
    if (this.#begun.size === 0) openStream(this.#res);
    let frames = this.#begun.has(choice.index) ? '' : this.#firstFrames(choice);
    const shown = this.#shownDelta(delta);
    // With token ids asked for, a token that shows nothing (an end mark, hidden thinking) still gets its chunk.
    if (finish !== null && this.#shape.context.settings.frontEnd === 'rust')
      frames += this.#lastInTwo(choice, shown, delta, finish);
    else if (shown !== null || finish !== null || this.#shape.request.returnTokenIds)
      frames += this.#frame(choice, shown ?? '{}', delta, finish);
    if (finish !== null) this.#unfinished -= 1;
    if (this.#unfinished === 0) this.#res.end(this.#spelled(frames + this.#lastFrames()));
    else if (frames !== '') this.#res.write(this.#spelled(frames));
  }

  /** The client reads slower than tokens are made: they are gathered into larger chunks, as vLLM does. */
  isBehind(): boolean {
    return this.#res.writableNeedDrain;
  }

  #spelled(frames: string): string {
    return this.#shape.context.settings.frontEnd === 'rust' ? rustFrames(frames) : frames;
  }

  failed(): void {
    const error = engineDead().body();
    if (this.#res.headersSent) this.#res.end(`data: ${error}\n\ndata: [DONE]\n\n`);
    else respond(this.#res, 500, error);
  }

  #firstFrames(choice: Choice): string {
    this.#begun.add(choice.index);
    const { request, echoed, prompt } = this.#shape;
    const usage = this.#runningUsage(choice, 0);
    const ids = request.returnTokenIds ? JSON.stringify(choice.promptIds) : 'null';
    const text = request.returnPromptText ? JSON.stringify(prompt.text) : 'null';
    const begin = `${this.#head}{"index":${choice.index},"delta":`;
    const role = `${begin}{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]${usage},"prompt_token_ids":${ids},"prompt_text":${text}}\n\n`;
    if (echoed === '') return role;
    return `${role}${begin}{"content":${JSON.stringify(echoed)}},"logprobs":null,"finish_reason":null}]${usage}}\n\n`;
  }

  /** The delta's JSON, or null when there is nothing to show. */
  #shownDelta({ content, reasoning, calls }: Delta): string | null {
    const { includeReasoning } = this.#shape.request;
    const shownReasoning = includeReasoning ? reasoning : '';
    if (content === '' && shownReasoning === '' && calls.length === 0) return null;
    const parts: string[] = [];
    if (calls.length > 0) parts.push(`"content":${content === '' ? 'null' : JSON.stringify(content)}`);
    else if (content !== '') parts.push(`"content":${JSON.stringify(content)}`);
    if (shownReasoning !== '') {
      const json = JSON.stringify(shownReasoning);
      parts.push(`"reasoning":${json}`);
      if (this.#shape.context.settings.legacyReasoning) parts.push(`"reasoning_content":${json}`);
    }
    if (!includeReasoning) parts.push('"reasoning":null');
    if (calls.length > 0) parts.push(`"tool_calls":${JSON.stringify(calls.map(shownCall))}`);
    return `{${parts.join(',')}}`;
  }

  /** The Rust front end tells the end in a chunk of its own. */
  #lastInTwo(choice: Choice, shown: string | null, delta: Delta, finish: FinishReason): string {
    const text = shown === null ? '' : this.#frame(choice, shown, delta, null);
    return text + this.#frame(choice, '{}', { ...delta, tokens: [] }, finish);
  }

  #frame(choice: Choice, shown: string, delta: Delta, finish: FinishReason | null): string {
    const { request, context, callIsNamed } = this.#shape;
    const hasTokens = delta.tokens.length > 0;
    const ids =
      request.returnTokenIds && hasTokens ? JSON.stringify(delta.tokens.map((token) => token.id)) : 'null';
    const logprobs =
      request.logprobs === null || !hasTokens
        ? 'null'
        : JSON.stringify(chatLogprobs(delta.tokens, request.logprobs));
    const usage = this.#runningUsage(choice, choice.completionTokens);
    const begin = `${this.#head}{"index":${choice.index},"delta":${shown},"logprobs":${logprobs},"finish_reason":`;
    if (finish === null) return `${begin}null,"token_ids":${ids}}]${usage}${this.#transfer}}\n\n`;
    const reason = JSON.stringify(shownFinish(finish, choice, callIsNamed));
    const stop = JSON.stringify(choice.stopReason);
    const fingerprint = request.includeUsage
      ? ''
      : `,"system_fingerprint":${JSON.stringify(context.fingerprint)}`;
    return `${begin}${reason},"stop_reason":${stop},"token_ids":${ids}${this.#weights}}]${fingerprint}${usage}${this.#transfer}}\n\n`;
  }

  #runningUsage(choice: Choice, completionTokens: number): string {
    if (!this.#shape.request.continuousUsage) return '';
    const reasoningTokens = completionTokens === 0 ? 0 : choice.reasoningTokens;
    return `,"usage":${this.#usage({ completionTokens, reasoningTokens }, 'running')}`;
  }

  #lastFrames(): string {
    const { request, context } = this.#shape;
    if (!request.includeUsage) return 'data: [DONE]\n\n';
    const choices = this.#run?.choices ?? [];
    const sum = (of: (choice: Choice) => number) => choices.reduce((total, choice) => total + of(choice), 0);
    const completionTokens = sum((choice) => choice.completionTokens);
    const reasoningTokens = sum((choice) => choice.reasoningTokens);
    const usage = this.#usage({ completionTokens, reasoningTokens }, 'stream');
    const metrics =
      context.settings.perRequestMetrics && this.#run !== null
        ? `,"metrics":${JSON.stringify(requestMetrics(this.#run, 'stream'))}`
        : '';
    return `${this.#head}],"usage":${usage},"system_fingerprint":${JSON.stringify(context.fingerprint)}${metrics}}\n\ndata: [DONE]\n\n`;
  }

  #usage(counts: Pick<Counts, 'completionTokens' | 'reasoningTokens'>, form: UsageForm): string {
    const { prompt, context } = this.#shape;
    const all = { ...counts, promptTokens: prompt.ids.length, cachedTokens: this.#run?.cachedTokens() ?? 0 };
    return JSON.stringify(usageOf(all, form, true, context.settings));
  }
}

function shownCall(call: CallDelta): object {
  if (call.id === undefined) return { index: call.index, function: { arguments: call.arguments } };
  return { id: call.id, type: 'function', index: call.index, function: { name: call.name } };
}
