// POST /tokenize and /detokenize
import type { Exchange } from '../http/exchange.ts';
import { respondJson } from '../http/respond.ts';
import type { SimContext } from '../sim-context.ts';
import { type Fields, flag, integers, text } from './fields.ts';
import { servedModel } from './generation-fields.ts';
import { encodeText, renderChat } from './prompts.ts';
import { checkSchema, detokenizeSchema } from './schema.ts';

export async function tokenize({ res }: Exchange, fields: Fields, context: SimContext): Promise<void> {
  servedModel(fields, context.settings);
  const isChat = fields.has('messages');
  if (!isChat) checkSchema(fields, {}, fields.has('prompt') ? [] : ['prompt', 'messages']);
  const prompt = text(fields, 'prompt');
  const tokens = await encodeText(isChat ? renderChat(fields, context) : [prompt ?? ''], context, false);
  const strs = flag(fields, 'return_token_strs') ? context.counter.tokenStrings(tokens) : null;
  const max_model_len = context.state.shownWindowTokens;
  respondJson(res, { count: tokens.length, max_model_len, tokens, token_strs: strs });
}

export async function detokenize({ res }: Exchange, fields: Fields, context: SimContext): Promise<void> {
  checkSchema(fields, detokenizeSchema, ['tokens']);
  servedModel(fields, context.settings);
  respondJson(res, { prompt: await context.counter.decode(integers(fields, 'tokens')) });
}
