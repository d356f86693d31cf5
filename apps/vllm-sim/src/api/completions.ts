// POST /v1/completions: texts or token ids, one or a batch, without thinking parsed out.
import { JsonNumber, type LosslessJson } from '#protocol';
import type { FinishReason } from '../engine/sequence.ts';
import type { Choice, ChoiceListener, Delta } from '../generation/choice.ts';
import type { GenerationRequest } from '../generation/generation-request.ts';
import { type Prompt, prepareRun, type Run } from '../generation/run.ts';
import { usageOf } from '../generation/usage.ts';
import { badParameter, badRequest, engineDead } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { openStream, respond, respondJson } from '../http/respond.ts';
import type { SimContext } from '../sim-context.ts';
import { checkRank, checkText } from './check-values.ts';
import { type Collected, Collector } from './collect.ts';
import type { Fields } from './fields.ts';
import { allowedTokens, generationRequestOf } from './generation-fields.ts';
import { encodeText, topicOf } from './prompts.ts';
import { nowS, requestId } from './request-id.ts';
import { checkSchema, textSchema } from './schema.ts';

/** vLLM's default for text completions (entrypoints/openai/completion/protocol.py). */
const defaultMaxTokens = 16;
/** Rows of the embedding, vocab_size of QwQ's config.json; ids beyond the tokenizer's own are accepted. */
const vocabularySize = 152_064;

export async function textCompletions(
  exchange: Exchange,
  fields: Fields,
  context: SimContext,
): Promise<void> {
  const { res, req } = exchange;
  checkSchema(fields, textSchema);
  checkText(fields);
  checkRank(req.headers['x-data-parallel-rank']);
  const request = generationRequestOf(fields, context.settings);
  const prompts = await Promise.all(
    promptsOf(fields.get('prompt')).map((prompt) => textPrompt(prompt, request, context)),
  );
  const id = `cmpl-${requestId(req)}`;
  if (request.stream) {
    // 0.32 ends a token-id stream that comes during shutdown without a chunk (observed).
    if (context.state.phase === 'draining') {
      openStream(res);
      res.end('data: [DONE]\n\n');
      return;
    }
    const stream = new TextStream(exchange, request, context, id);
    const run = await prepareRun(context, request, prompts, exchange, stream);
    stream.follow(run);
    run.start();
    return;
  }
  const collector = new Collector();
  const run = await prepareRun(context, request, prompts, exchange, collector);
  const answers = await collector.collect(run.choices, run.start, exchange.res);
  respondJson(res, {
    id,
    object: 'text_completion',
    created: nowS(),
    model: request.model,
    choices: answers.map((answer) => wholeChoice(answer, request)),
    service_tier: null,
    system_fingerprint: context.fingerprint,
    usage: usageOf(countsOf(run, request), 'whole', false, context.settings),
    kv_transfer_params: null,
    ec_transfer_params: null,
    metrics: null,
  });
}

function countsOf(run: Run, request: GenerationRequest) {
  const first = run.choices.filter((choice) => choice.index % request.choices === 0);
  return {
    promptTokens: first.reduce((sum, choice) => sum + choice.promptIds.length, 0),
    completionTokens: run.choices.reduce((sum, choice) => sum + choice.completionTokens, 0),
    cachedTokens: run.cachedTokens(),
    reasoningTokens: 0,
  };
}

function wholeChoice(answer: Collected, request: GenerationRequest): object {
  return {
    index: answer.choice.index,
    text: answer.content,
    logprobs: null,
    finish_reason: answer.finish,
    stop_reason: answer.choice.stopReason,
    token_ids: request.returnTokenIds ? answer.tokens.map((token) => token.id) : null,
    prompt_logprobs: null,
    prompt_token_ids: request.returnTokenIds ? answer.choice.promptIds : null,
    routed_experts: null,
  };
}

async function textPrompt(
  prompt: string | readonly number[],
  request: GenerationRequest,
  context: SimContext,
): Promise<Prompt> {
  const isText = typeof prompt === 'string';
  const { phase } = context.state;
  if (phase === 'stopping' || phase === 'engine-dead') throw engineDead();
  const ids = isText ? await encodeText([prompt], context) : prompt;
  const asked = request.maxTokens ?? defaultMaxTokens;
  const maxTokens = allowedTokens(ids.length, asked, !isText, context.settings);
  return { ids, maxTokens, startsThinking: false, thinks: false, topic: isText ? topicOf(prompt) : 'this' };
}

export function promptsOf(value: LosslessJson | undefined): (string | readonly number[])[] {
  if (value === undefined || value === null || value === '')
    throw badParameter('Either prompt or prompt_embeds must be provided and non-empty.', 'prompt');
  if (typeof value === 'string') return [value];
  const list: readonly LosslessJson[] = Array.isArray(value) ? value : [];
  if (list.length === 0) throw badRequest('You must pass at least one prompt');
  if (list.every((item) => item instanceof JsonNumber)) return [idsOf(list)];
  return list.map((item) => (typeof item === 'string' ? item : idsOf(Array.isArray(item) ? item : [])));
}

function idsOf(list: readonly LosslessJson[]): number[] {
  return list.map((item) => {
    const id = item instanceof JsonNumber ? Number(item.source) : Number.NaN;
    if (!(id >= 0 && id < vocabularySize)) throw badRequest(`Token id ${id} is out of vocabulary`);
    return id;
  });
}

class TextStream implements ChoiceListener {
  readonly #exchange: Exchange;
  readonly #request: GenerationRequest;
  readonly #context: SimContext;
  readonly #head: string;
  readonly #begun = new Set<number>();
  #run: Run | null = null;
  #unfinished = 0;

  constructor(exchange: Exchange, request: GenerationRequest, context: SimContext, id: string) {
    this.#exchange = exchange;
    this.#request = request;
    this.#context = context;
    const model = JSON.stringify(request.model);
    this.#head = `{"id":${JSON.stringify(id)},"object":"text_completion","created":${nowS()},"model":${model},"choices":[`;
  }

  follow(run: Run): void {
    this.#run = run;
    this.#unfinished = run.choices.length;
  }

  delta(choice: Choice, delta: Delta, finish: FinishReason | null): void {
    const { res } = this.#exchange;
    if (!res.headersSent) openStream(res);
    let frames = delta.content !== '' || finish !== null ? this.#frame(choice, delta, finish) : '';
    if (finish !== null) this.#unfinished -= 1;
    if (this.#unfinished === 0) frames += this.#lastFrames();
    if (frames !== '') res.write(frames);
    if (this.#unfinished === 0) res.end();
  }

  failed(): void {
    const { res } = this.#exchange;
    const error = engineDead().body();
    // Text completions print the event as Python's json.dumps does, with spaces (observed).
    const spaced = error.replaceAll('":', '": ').replaceAll(',"', ', "');
    if (res.headersSent) res.end(`data: ${spaced}\n\ndata: [DONE]\n\n`);
    else respond(res, 500, error);
  }

  #frame(choice: Choice, delta: Delta, finish: FinishReason | null): string {
    const ids = this.#request.returnTokenIds;
    const promptIds = ids && !this.#begun.has(choice.index) ? JSON.stringify(choice.promptIds) : 'null';
    this.#begun.add(choice.index);
    const tokenIds = ids ? JSON.stringify(delta.tokens.map((token) => token.id)) : 'null';
    const reason = finish === null ? 'null' : `"${finish}"`;
    const fingerprint =
      finish !== null && !this.#request.includeUsage
        ? `,"system_fingerprint":${JSON.stringify(this.#context.fingerprint)}`
        : '';
    return `data: ${this.#head}{"index":${choice.index},"text":${JSON.stringify(delta.content)},"logprobs":null,"finish_reason":${reason},"stop_reason":${JSON.stringify(choice.stopReason)},"prompt_token_ids":${promptIds},"token_ids":${tokenIds}}]${fingerprint}}\n\n`;
  }

  #lastFrames(): string {
    if (!this.#request.includeUsage || this.#run === null) return 'data: [DONE]\n\n';
    const counts = countsOf(this.#run, this.#request);
    const usage = JSON.stringify(usageOf(counts, 'stream', false, this.#context.settings));
    return `data: ${this.#head}],"usage":${usage},"system_fingerprint":${JSON.stringify(this.#context.fingerprint)}}\n\ndata: [DONE]\n\n`;
  }
}
