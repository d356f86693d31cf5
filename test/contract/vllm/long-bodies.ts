// Request bodies too long to be kept with the recordings, made again; their length in bytes is checked against the note.
const text = (words: string, extra = ''): Buffer =>
  Buffer.from(`{"model": "QwQ-32B", "prompt": "${words}"${extra}}`);
const ids = (count: number, extra = ''): Buffer =>
  Buffer.from(`{"model": "QwQ-32B", "prompt": [${Array(count).fill('64').join(', ')}]${extra}}`);
const chat = (words: string): Buffer =>
  Buffer.from(`{"model": "QwQ-32B", "messages": [{"role": "user", "content": "${words}"}]}`);
const maxTokens = ', "max_tokens": 2';

export const longBodies: ReadonlyMap<string, Buffer> = new Map([
  ['compl_too_long', text('a '.repeat(41_000), maxTokens)],
  ['compl_too_long_ids', ids(41_000, maxTokens)],
  ['compl_window_ids', ids(40_960, maxTokens)],
  ['compl_window_minus1_ids', ids(40_959, maxTokens)],
  ['compl_window_nomax', ids(40_959)],
  ['err_prompt_too_long', chat('a '.repeat(41_000))],
  ['err_prompt_far_too_long', chat('a '.repeat(400_000))],
  ['err_prompt_far_too_long_16MB', chat('a '.repeat(8_000_000))],
  ['tokenize_overlong', text('a b '.repeat(25_000))],
]);
