// The request fields that steer how vLLM calls the template, apart from messages and tools.
import type { ChatRequest } from '#protocol';
import { refuse } from './refuse.ts';

/** Refuses what vLLM refuses, and what would make it call the template in a way we do not count. Throws a Fault. */
export function checkTemplateOptions(request: ChatRequest): void {
  if (request.continueFinalMessage && request.addGenerationPrompt) {
    throw refuse(
      'continue_final_message',
      'continue_final_message and add_generation_prompt are not compatible. Use continue_final_message when you want the model to continue the final message, and add_generation_prompt when you want to add a header that will prompt it to start a new assistant message instead.',
    );
  }
  const effort = request.reasoningEffort;
  if (effort !== null && !EFFORTS.has(effort)) {
    throw refuse('reasoning_effort', `'reasoning_effort' must be one of ${[...EFFORTS].join(', ')}.`);
  }
  for (const name of request.templateKwargs.keys()) {
    if (!RENDERER_ARGUMENTS.has(name)) continue;
    const path = `chat_template_kwargs.${name}`;
    throw refuse(
      path,
      `'${path}' is an argument of the renderer, not a variable of the template; leave it out.`,
    );
  }
}

/**
 * Whether the template is to let the model think: `chat_template_kwargs.enable_thinking` where given (only `false`
 * itself turns it off), else vLLM derives it from `reasoning_effort` (build_chat_params in its protocol.py).
 */
export function isThinkingEnabled(request: ChatRequest): boolean {
  const given = request.templateKwargs.get('enable_thinking');
  return given === undefined ? request.reasoningEffort !== 'none' : given !== false;
}

/** ChatCompletionRequest.reasoning_effort in vLLM 0.32. */
const EFFORTS: ReadonlySet<string> = new Set(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']);

/**
 * Arguments of vLLM's safe_apply_chat_template and transformers' apply_chat_template. vLLM lets some through (then
 * `tools` replaces the tools, `tokenize` the text) and fails on others. `add_generation_prompt`,
 * `continue_final_message` and `documents` may stay: the body's own fields win, and these templates read no documents.
 */
const RENDERER_ARGUMENTS: ReadonlySet<string> = new Set([
  'chat_template',
  'conversation',
  'max_length',
  'messages',
  'model_config',
  'padding',
  'return_assistant_tokens_mask',
  'return_dict',
  'return_tensors',
  'self',
  'tokenize',
  'tokenizer',
  'tokenizer_kwargs',
  'tools',
  'truncation',
]);
