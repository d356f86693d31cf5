// The event stream of a text completion, frame by frame as vLLM writes it.
import type { ServerResponse } from 'node:http';
import type { FinishReason } from '../engine/sequence.ts';
import type { Choice, ChoiceListener, Delta } from '../generation/choice.ts';
import type { GenerationRequest } from '../generation/generation-request.ts';
import type { Prompt, Run } from '../generation/run.ts';
import { usageOf } from '../generation/usage.ts';
import { engineDead } from '../http/api-error.ts';
import { openStream, respond } from '../http/respond.ts';
import { keepAlive } from '../http/sse-keep-alive.ts';
import { isSince033 } from '../is-since-033.ts';
import { rustFrames } from '../rust/rust-frame.ts';
import type { SimContext } from '../sim-context.ts';
import { textLogprobs } from './logprobs.ts';
import { nowS } from './request-id.ts';
import { countsOf } from './text-counts.ts';

export class TextStream implements ChoiceListener {
  readonly #res: ServerResponse;
  readonly #request: GenerationRequest;
  readonly #prompts: readonly Prompt[];
  readonly #context: SimContext;
  readonly #head: string;
  /** What 0.33 has beside the token ids of a chunk, and at its end. */
  readonly #weights: string;
  readonly #transfer: string;
  /** Characters sent so far, by choice: where the next token's text begins. */
  readonly #sent = new Map<number, number>();
  #run: Run | null = null;
  #unfinished = 0;

  constructor(
    res: ServerResponse,
    request: GenerationRequest,
    prompts: readonly Prompt[],
    context: SimContext,
    id: string,
  ) {
    this.#res = res;
    this.#request = request;
    this.#prompts = prompts;
    this.#context = context;
    const isLater = isSince033(context.settings);
    this.#weights = isLater ? ',"weight_versions":null' : '';
    this.#transfer = isLater ? ',"kv_transfer_params":null' : '';
    const model = JSON.stringify(request.model);
    this.#head = `data: {"id":${JSON.stringify(id)},"object":"text_completion","created":${nowS()},"model":${model},"choices":[`;
  }

  follow(run: Run): void {
    this.#run = run;
    keepAlive(this.#res, this.#context.settings.sseKeepAliveMs, () => this.#sent.size === 0);
    this.#unfinished = run.choices.length;
  }

  delta(choice: Choice, delta: Delta, finish: FinishReason | null): void {
    if (this.#sent.size === 0) openStream(this.#res);
    const isShown = delta.content !== '' || finish !== null || this.#request.returnTokenIds;
    const frames = isShown ? this.#frames(choice, delta, finish) : '';
    if (finish !== null) this.#unfinished -= 1;
    if (this.#unfinished === 0) this.#res.end(this.#spelled(frames + this.#lastFrames()));
    else if (frames !== '') this.#res.write(this.#spelled(frames));
  }

  /** The client reads slower than tokens are made: they are gathered into larger chunks, as vLLM does. */
  isBehind(): boolean {
    return this.#res.writableNeedDrain;
  }

  #spelled(frames: string): string {
    return this.#context.settings.frontEnd === 'rust' ? rustFrames(frames) : frames;
  }

  failed(): void {
    const error = engineDead();
    if (this.#res.headersSent) this.#res.end(error.event());
    else respond(this.#res, 500, error.body());
  }

  /** The Rust front end tells the end in a chunk of its own. */
  #frames(choice: Choice, delta: Delta, finish: FinishReason | null): string {
    const isWhole = finish === null || this.#context.settings.frontEnd === 'python';
    if (isWhole) return this.#frame(choice, delta, finish);
    const text = delta.content === '' ? '' : this.#frame(choice, delta, null);
    return text + this.#frame(choice, { ...delta, content: '', tokens: [] }, finish);
  }

  #frame(choice: Choice, delta: Delta, finish: FinishReason | null): string {
    const { returnTokenIds, includeUsage, logprobs, echo, choices } = this.#request;
    const isFirst = !this.#sent.has(choice.index);
    const echoed = isFirst && echo ? (this.#prompts[Math.floor(choice.index / choices)]?.text ?? '') : '';
    const offset = (this.#sent.get(choice.index) ?? 0) + echoed.length;
    this.#sent.set(choice.index, offset + delta.content.length);
    const promptIds = returnTokenIds && isFirst ? JSON.stringify(choice.promptIds) : 'null';
    const tokenIds = returnTokenIds ? JSON.stringify(delta.tokens.map((token) => token.id)) : 'null';
    const shownLogprobs =
      logprobs === null ? 'null' : JSON.stringify(textLogprobs(delta.tokens, logprobs, offset));
    const reason = finish === null ? 'null' : `"${finish}"`;
    const fingerprint =
      finish === null || includeUsage
        ? ''
        : `,"system_fingerprint":${JSON.stringify(this.#context.fingerprint)}`;
    const text = JSON.stringify(echoed + delta.content);
    return `${this.#head}{"index":${choice.index},"text":${text},"logprobs":${shownLogprobs},"finish_reason":${reason},"stop_reason":${JSON.stringify(choice.stopReason)},"prompt_token_ids":${promptIds},"token_ids":${tokenIds}${this.#weights}}]${fingerprint}${this.#transfer}}\n\n`;
  }

  #lastFrames(): string {
    if (!this.#request.includeUsage || this.#run === null) return 'data: [DONE]\n\n';
    const counts = countsOf(this.#run, this.#request);
    const usage = JSON.stringify(usageOf(counts, 'stream', false, this.#context.settings));
    return `${this.#head}],"usage":${usage},"system_fingerprint":${JSON.stringify(this.#context.fingerprint)}}\n\ndata: [DONE]\n\n`;
  }
}
