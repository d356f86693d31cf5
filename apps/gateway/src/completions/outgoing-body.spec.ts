import { expect, it } from '@jest/globals';
import { parseCompletion } from '#protocol';
import { outgoingBody } from './outgoing-body.ts';

interface Terms {
  readonly servedName?: string;
  readonly output?: number;
  readonly salt?: string;
}

/** The body as the worker gets it. */
function sent(body: string, { servedName = 'QwQ-32B', output, salt }: Terms = {}): string {
  const rules = { maxAnswers: 8, allowedFields: new Set(['cache_salt']) };
  const request = parseCompletion('text', Buffer.from(body), rules);
  return Buffer.concat(outgoingBody(request, servedName, output ?? null, salt ?? null)).toString();
}

it('passes a body that needs no change byte for byte, unknown fields and odd numbers too', () => {
  const body = '{ "model" : "QwQ-32B",\n"prompt":"a\\u0301", "temperature": 1.0e-0, "future": {"x": 1E400} }';
  expect(sent(body)).toBe(body);
});

it('shares the bytes of the client where nothing changes', () => {
  const bytes = Buffer.from('{"model":"QwQ-32B","prompt":"a"}');
  const request = parseCompletion('text', bytes, { maxAnswers: 1, allowedFields: new Set() });
  const [piece] = outgoingBody(request, 'QwQ-32B', null, null);
  expect(piece?.buffer).toBe(bytes.buffer);
});

it('names the model as the worker knows it, wherever it stood', () => {
  expect(sent('{"prompt":"a","model":"qwq","x":1}')).toBe('{"prompt":"a","model":"QwQ-32B","x":1}');
  expect(JSON.parse(sent('{"prompt":"a"}'))).toEqual({ prompt: 'a', model: 'QwQ-32B' });
});

it('asks every stream for its usage, and leaves options alone that already do', () => {
  expect(JSON.parse(sent('{"model":"QwQ-32B","prompt":"a","stream":true}')).stream_options).toEqual({
    include_usage: true,
  });
  const own =
    '{"model":"QwQ-32B","prompt":"a","stream":true,"stream_options":{"include_usage":true,"continuous_usage_stats":true}}';
  expect(sent(own)).toBe(own);
  expect(
    sent('{"model":"QwQ-32B","prompt":"a","stream":true,"stream_options":{"include_usage":false}}'),
  ).toBe('{"model":"QwQ-32B","prompt":"a","stream":true,"stream_options":{"include_usage":true}}');
});

it('asks nothing of an answer that is not streamed', () => {
  expect(sent('{"model":"QwQ-32B","prompt":"a"}')).not.toContain('stream_options');
});

it('clips the field that stated the output', () => {
  const both = '{"model":"QwQ-32B","prompt":"a","max_tokens":900,"max_completion_tokens":9}';
  expect(sent(both, { output: 100 })).toBe(both.replace('900', '100'));
  expect(sent('{"model":"QwQ-32B","prompt":"a","max_tokens":900}', { output: 100 })).toBe(
    '{"model":"QwQ-32B","prompt":"a","max_tokens":100}',
  );
});

it('adds an output nobody stated only when told one', () => {
  expect(sent('{"model":"QwQ-32B","prompt":"a"}')).not.toContain('max_');
  expect(JSON.parse(sent('{"model":"QwQ-32B","prompt":"a"}', { output: 100 })).max_tokens).toBe(100);
});

it('adds the salt of the tenant', () => {
  expect(JSON.parse(sent('{"model":"QwQ-32B","prompt":"a"}', { salt: 's"1' })).cache_salt).toBe('s"1');
});
