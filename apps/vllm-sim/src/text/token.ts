// One token as the engine makes it: its id, and the text it adds (empty while a character is incomplete).
export interface Token {
  readonly id: number;
  readonly text: string;
}

/** Ids of the Qwen vocabulary the server itself acts on (tokenizer.json, added_tokens). */
export const endOfTurn = 151645;
export const thinkEnd = 151668;
export const toolCallStart = 151657;
export const toolCallEnd = 151658;

/** Where a generation's tokens come from; asked once a token, and again after the end when the end is ignored. */
export interface TokenStream {
  next(): Token;
}
