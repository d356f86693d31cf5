// Recorded answers that one and the same vLLM gives differently from run to run. They are asked all the same; a
// difference in them says nothing.

/** The reason, or null for an answer that must not vary. */
export function whyItVaries(recorded: string, name: string): string | null {
  const entry = VARYING.find(({ servers, names }) => servers.includes(recorded) && names.test(name));
  return entry?.reason ?? null;
}

interface Varying {
  readonly servers: string;
  readonly names: RegExp;
  readonly reason: string;
}

const VARYING: readonly Varying[] = [
  {
    servers: 'abd',
    names: /^(resp|msg)_|_(messages|responses)(_stream)?$/,
    reason: 'ids, times and signatures of /v1/responses and /v1/messages, which the gateway does not serve',
  },
  { servers: 'abd', names: /metrics/, reason: 'figures of a process' },
  {
    servers: 'abd',
    names: /^(chat_min_tokens|chat_tools_named|chat_tools_required|chat_repetition(_stream)?|loop_length)$/,
    reason: 'the scripted model rambles where its next token is forbidden or forced',
  },
  { servers: 'abd', names: /^stream_n2$/, reason: 'the chunks of several choices come in no fixed order' },
  {
    servers: 'd',
    names: /^logprobs_stream$/,
    reason: 'chunks are merged while the first logprobs request compiles',
  },
];
