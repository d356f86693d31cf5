// What the simulator does not do as vLLM does, on purpose: one list, with the reason for each.
import type { Recorded } from './target.ts';

export function meantDifference(recorded: Recorded, name: string): Difference | null {
  return differences.find(({ servers, names }) => servers.includes(recorded) && names.test(name)) ?? null;
}

interface Difference {
  readonly servers: readonly Recorded[];
  readonly names: RegExp;
  readonly reason: string;
  /** Status, headers, type and code of the refusal are as recorded all the same. */
  readonly inWordsOnly?: true;
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
    servers: ['a', 'c', 'v033', 'rust'],
    names: /^(chat_min_tokens|chat_tools_named|chat_tools_required|chat_repetition(_stream)?)$/,
    reason:
      'the tiny recorded model rambles where its next token is forbidden or forced; the simulator goes on sensibly',
  },
  {
    servers: ['a', 'v033', 'rust'],
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
    servers: ['a', 'c', 'e', 'v033', 'rust'],
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
  {
    servers: ['rust'],
    names:
      /^(chat_(cache_salt_empty|image_part|n0|n_big|reasoning_effort_bad|tool_choice_without_tools|tools_named_unknown|top_logprobs_21|top_logprobs_nologprobs)|compl_(bad_id|batch|batch_ids|empty_ids|empty_prompt|max0|neg_id|suffix)|detokenize_neg|err_(allowed_token_ids|bad_json|bad_tool|bad_tool_name|chat_template|empty_body|empty_messages|empty_object|gzip|invalid_utf8|json_array|json_null|json_string|json_trailing|logit_bias|max_compl_zero|max_tokens_float|max_tokens_string|max_tokens_zero|messages_string|n_string|no_content_type|no_messages|priority_string|stream_options_nostream|stream_string|temperature|temperature_neg|text_plain|top_p)|ok_ct_latin1|tokenize_(chat_continue_both|empty_messages|neither))$/,
    reason: "the simulator refuses in Python's words",
    inWordsOnly: true,
  },
  {
    servers: ['rust'],
    names:
      /^(chat_(stop5|user_content_null)|compl_(embeds|no_prompt)|err_(json_nan|lone_surrogate|max_tokens_neg|top_k|truncate_bad)|tokenize_lone_surrogate)$/,
    reason:
      'serde finds while it parses what pydantic finds later, or the other way round: another code, too',
  },
  {
    servers: ['rust'],
    names:
      /^(chat_user_content_missing|err_(bom|utf16|content_number|message_not_object|max_tokens_i64|response_format|dup_keys)|ok_(max_tokens_float_int|max_tokens_numstring|tool_call_type_missing))$/,
    reason: 'serde is stricter than pydantic, after which the simulator reads',
  },
  {
    servers: ['rust'],
    names: /^(chat_continue_both|chat_tools_empty|err_deep_json)$/,
    reason: "the Rust front end accepts what Python's, and so the simulator, refuses",
  },
  {
    servers: ['rust'],
    names: /^(chat_continue_final|err_tool_args_(array|badjson)|stream_echo)$/,
    reason: 'the Rust front end renders and parses these otherwise; one that renders otherwise is never used',
  },
  {
    servers: ['rust'],
    names: /^chat_tools_auto$/,
    reason: 'its prefix was cached by the request before, in the order of the recording',
  },
  {
    servers: ['rust'],
    names: /^(compl_stream_ids|stream_interval)$/,
    reason:
      'the Rust front end cuts chunks elsewhere: prompt ids in one of their own, thinking apart from the answer',
  },
];
