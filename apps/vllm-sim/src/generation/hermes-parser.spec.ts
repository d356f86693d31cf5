import { expect, it } from '@jest/globals';
import { type CallDelta, HermesParser } from './hermes-parser.ts';

function parse(pieces: readonly string[]): readonly CallDelta[] {
  const parser = new HermesParser();
  parser.begin();
  return pieces.flatMap((piece) => parser.push(piece));
}

it('gives the name first and then the arguments as they come, as vLLM was recorded to', () => {
  // The recorded model's tokens, test/fixtures/vllm-golden/d/toolcall_r1_stream.json.
  const pieces = [
    '{"',
    'name',
    '":"',
    'get',
    '_weather',
    '","',
    'arguments',
    '":{"',
    'city',
    '":',
    '"P',
    'aris',
    '"}}',
  ];
  const [first, ...rest] = parse(pieces);
  expect([first?.name, first?.id?.startsWith('chatcmpl-tool-')]).toEqual(['get_weather', true]);
  expect(rest.map((delta) => delta.arguments)).toEqual(['{"', 'city', '":', '"P', 'aris', '"}']);
});

it('does not end the arguments at a brace within a text', () => {
  const deltas = parse(['{"name": "f", "arguments": {"a": "}\\"}", "b": [1]}}']);
  expect(deltas.at(-1)?.arguments).toBe('{"a": "}\\"}", "b": [1]}');
});
