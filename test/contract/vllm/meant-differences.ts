// What the simulator does not do as vLLM does, on purpose: one list, with the reason for each.
import type { Recorded } from './target.ts';

export function meantDifference(recorded: Recorded, name: string): string | null {
  const entry = differences.find(({ servers, names }) => servers.includes(recorded) && names.test(name));
  return entry?.reason ?? null;
}

interface Difference {
  readonly servers: readonly Recorded[];
  readonly names: RegExp;
  readonly reason: string;
}

const differences: readonly Difference[] = [
  {
    servers: ['a', 'b', 'c', 'd', 'e', 'v033'],
    names: /^(resp|msg)_|^queue_cap_(messages|responses)/,
    reason: '/v1/responses and /v1/messages are not simulated',
  },
  { servers: ['a', 'v033'], names: /^chat_batch$/, reason: '/v1/chat/completions/batch is not simulated' },
  { servers: ['a', 'v033'], names: /^systemone_empty$/, reason: '/v1/systemone is not simulated' },
  {
    servers: ['c'],
    names: /^(render_.*|inference_generate|is_paused|is_sleeping|reset_prefix_cache)$/,
    reason: '--enable-scale-out and the developer mode are not simulated',
  },
  {
    servers: ['a', 'c', 'v033'],
    names: /^(chat_min_tokens|chat_tools_named|chat_tools_required|chat_repetition(_stream)?)$/,
    reason:
      'the tiny recorded model rambles where its next token is forbidden or forced; the simulator goes on sensibly',
  },
  {
    servers: ['a', 'v033'],
    names: /^(chat_tool_call|stream_tool_call)$/,
    reason: 'the recorded model reacts to the word TOOL at the end of a prompt',
  },
  {
    servers: ['c', 'd'],
    names: /^(chat_tool_call|stream_tool_call|toolcall_r1|toolcall_r1_none|toolcall_r1_stream)$/,
    reason:
      'the recorded model spells "Paris" with two tokens where the tokenizer has one; shapes: tool-call spec',
  },
  { servers: ['d'], names: /^toolcall_r1_notools$/, reason: 'the simulator makes no call without tools' },
  {
    servers: ['d'],
    names: /^loop_length$/,
    reason: 'the recorded model loops for ever when its first word is forbidden',
  },
  {
    servers: ['a', 'd', 'v033'],
    names:
      /^(chat_user_content_null|err_content_number|err_message_not_object|err_response_format|ok_tool_call_type_missing|string_part)$/,
    reason: 'pydantic lists every member of a union it tried; the simulator accepts or says less',
  },
  {
    servers: ['a', 'v033'],
    names: /^stream_n2$/,
    reason: 'vLLM sends the chunks of several choices in bursts, the simulator by step',
  },
  {
    servers: ['d'],
    names: /^logprobs_stream$/,
    reason: 'recorded while the first logprobs request compiled: its chunks were merged',
  },
  {
    servers: ['a', 'c', 'e', 'v033'],
    names: /^(metrics_end|metrics_busy|auth_metrics_status)$/,
    reason: 'figures differ from run to run; names, labels and buckets: metrics spec',
  },
  {
    servers: ['c'],
    names: /^(load_busy|queue_cap_(?!health|tokenize).*)$/,
    reason: 'recorded on a busy server; queue caps: queue spec of the simulator',
  },
  {
    servers: ['e'],
    names: /^sse_keepalive_queued$/,
    reason: 'recorded on a busy server; comments: keep-alive spec of the simulator',
  },
];
