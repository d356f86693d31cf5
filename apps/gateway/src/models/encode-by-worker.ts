// The tokens of one prompt of a model whose workers count for it (`counting: worker`): we have no vocabulary of it, and
// vLLM's `/tokenize` answers the ids each time, their strings when it is asked for them.
import { type CompletionRequest, invalid } from '#protocol';
import { type AskingWorkers, askTokenize } from './ask-tokenize.ts';
import { chatBody } from './count-by-worker.ts';

interface EncodedByWorker {
  readonly tokens: readonly number[];
  /** null: they were not asked for. */
  readonly strings: readonly string[] | null;
}

/** Rejects as `askTokenize` does, and with `invalid_request` where the worker that answers tells no tokens or no strings. */
export function encodeByWorker(
  request: CompletionRequest,
  withStrings: boolean,
  asking: AskingWorkers,
): Promise<EncodedByWorker> {
  const prompt =
    request.kind === 'chat' ? chatBody(request) : JSON.stringify({ prompt: oneText(request.prompts) });
  const body = withStrings ? prompt.replace(/}$/, ',"return_token_strs":true}') : prompt;
  return askTokenize(body, asking, (answer) => {
    const { tokens, token_strs } = answer as { tokens?: unknown; token_strs?: unknown };
    if (!isListOf<number>(tokens, 'number')) throw notTold('return_tokens', 'tokens');
    if (!withStrings) return { tokens, strings: null };
    if (!isListOf<string>(token_strs, 'string')) throw notTold('return_token_strs', 'token_strs');
    return { tokens, strings: token_strs };
  });
}

/** As for the models we count: vLLM's `/tokenize` takes one text. */
export function oneText(prompts: readonly (string | readonly number[])[]): string {
  const [prompt] = prompts;
  if (prompts.length !== 1 || typeof prompt !== 'string')
    throw invalid('prompt', "'prompt' must be one text.");
  return prompt;
}

function isListOf<T>(value: unknown, type: 'number' | 'string'): value is readonly T[] {
  return Array.isArray(value) && value.every((one) => typeof one === type);
}

function notTold(param: string, member: string): Error {
  return invalid(param, `A worker counts for this model, and its /tokenize answered no '${member}'.`);
}
