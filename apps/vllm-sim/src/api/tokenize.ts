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
  const strs = flag(fields, 'return_token_strs')
    ? await Promise.all(tokens.map(async (id) => byteLevel(await context.counter.decode([id]))))
    : null;
  const max_model_len = context.state.shownWindowTokens;
  respondJson(res, { count: tokens.length, max_model_len, tokens, token_strs: strs });
}

export async function detokenize({ res }: Exchange, fields: Fields, context: SimContext): Promise<void> {
  checkSchema(fields, detokenizeSchema, ['tokens']);
  servedModel(fields, context.settings);
  respondJson(res, { prompt: await context.counter.decode(integers(fields, 'tokens')) });
}

/**
 * A token as the vocabulary spells it: each byte as one printable character (GPT-2's table), added tokens as they are.
 * A token that is half a character cannot be told from its text and comes as the replacement character's bytes.
 */
function byteLevel(token: string): string {
  if (/^<[^<>]+>$/.test(token)) return token;
  return [...Buffer.from(token)].map((byte) => String.fromCodePoint(printable(byte))).join('');
}

function printable(byte: number): number {
  const isPrintable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  if (isPrintable) return byte;
  if (byte <= 0x20) return 0x100 + byte;
  return byte === 0xad ? 0x143 : 0x121 + (byte - 0x7f);
}
