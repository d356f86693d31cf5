// `continue_final_message`: the prompt ends where the last message's text ends, so that the model goes on with it.
// As transformers 5.19 does it (chat_template_utils.py, render_jinja_template): mark the end of the text, render, cut
// at the last mark. The mark and its odd cases are part of what is rendered, so they are kept as they are there.
import type { PromptParts } from '#protocol';
import type { Turn } from './chat-turn.ts';
import { strip, stripAfter } from './python-text.ts';
import { refuse } from './refuse.ts';

/** The space tells whether the template trims the end of a message. */
const MARK = 'CONTINUE_FINAL_MESSAGE_TAG ';
const BARE_MARK = MARK.trimEnd();

export function markContinuation(turns: readonly Turn[]): readonly Turn[] {
  const last = turns.at(-1);
  return last === undefined ? turns : [...turns.slice(0, -1), { ...last, content: last.content + MARK }];
}

/** The rendered parts up to the mark. Throws a Fault when the template wrote the last message otherwise, or not at all. */
export function cutAtContinuation(parts: PromptParts, turns: readonly Turn[]): PromptParts {
  const index = parts.findLastIndex((part) => part.includes(BARE_MARK));
  const marked = parts[index];
  const text = strip(turns.at(-1)?.content ?? '');
  if (marked === undefined || !parts.join('').includes(text)) {
    throw refuse(
      'continue_final_message',
      'continue_final_message is set but the final message does not appear in the chat after applying the chat template.',
    );
  }
  const end = marked.lastIndexOf(BARE_MARK);
  const kept = marked.slice(0, end);
  return [...parts.slice(0, index), marked.startsWith(MARK, end) ? kept : stripAfter(kept)];
}
