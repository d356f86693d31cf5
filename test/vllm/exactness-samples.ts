// Prompts whose count must be the same everywhere: the recorded chats, those rendered with the official template, and
// chats and texts of hostile contents made from a seed. Bodies are source text: numbers keep their spelling.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { hostileText, textKinds } from '../../libs/tokenizer/test/hostile-texts.ts';
import { SeededRandom } from '../seeded-random.ts';

export interface Sample {
  readonly name: string;
  readonly kind: 'chat' | 'text';
  /** A JSON object without `model`. */
  readonly body: string;
  /** As another real vLLM counted it once. */
  readonly recordedCount: number | null;
}

interface SampleSet {
  readonly title: string;
  readonly samples: readonly Sample[];
}

const SEED = 20261123;
const GENERATED_CHATS = 600;
const GENERATED_TEXTS = 250;

export function exactnessSamples(): readonly SampleSet[] {
  const random = new SeededRandom(SEED);
  return [
    { title: 'recorded chats', samples: recordedChats() },
    { title: "hard chats of the template's own fixtures", samples: templateChats() },
    {
      title: 'generated chats',
      samples: Array.from({ length: GENERATED_CHATS }, (_, nth) => generatedChat(nth, random)),
    },
    {
      title: 'generated texts',
      samples: Array.from({ length: GENERATED_TEXTS }, (_, nth) => generatedText(nth, random)),
    },
  ];
}

function recordedChats(): readonly Sample[] {
  return lines('vllm-golden/chats.jsonl.gz').map((line) => {
    const { id, count } = JSON.parse(line) as { id: number; count?: number };
    return {
      name: `recorded chat ${id}`,
      kind: 'chat',
      body: requestOf(line, [', "count": ', ', "tokenize_error": ']),
      recordedCount: count ?? null,
    };
  });
}

function templateChats(): readonly Sample[] {
  return lines('templates/qwq.jsonl.gz').map((line, nth) => ({
    name: `template chat ${nth}`,
    kind: 'chat',
    body: requestOf(line, [', "prompt": ', ', "refused": ']),
    recordedCount: null,
  }));
}

function lines(fixture: string): readonly string[] {
  const file = new URL(`../fixtures/${fixture}`, import.meta.url);
  return gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
}

/** The source text of the line's request, up to the member after it. Quotes inside strings are escaped. */
function requestOf(line: string, ends: readonly string[]): string {
  const start = line.indexOf('"request": ') + '"request": '.length;
  return line.slice(start, Math.max(...ends.map((end) => line.lastIndexOf(end))));
}

function generatedText(nth: number, random: SeededRandom): Sample {
  const body = JSON.stringify({ prompt: `${nth}${hostile(random)}` });
  return { name: `generated text ${nth}`, kind: 'text', body, recordedCount: null };
}

function generatedChat(nth: number, random: SeededRandom): Sample {
  const members = [`"messages":[${messages(random).join(',')}]`];
  if (random.below(3) === 0) members.push(`"tools":[${tools(random).join(',')}]`);
  return { name: `generated chat ${nth}`, kind: 'chat', body: `{${members.join(',')}}`, recordedCount: null };
}

/** A conversation as clients send it: system or developer first, turns with thinking, calls and their results. */
function messages(random: SeededRandom): readonly string[] {
  const out: string[] = [];
  if (random.below(2) === 0) {
    out.push(JSON.stringify({ role: random.pick(['system', 'developer']), content: content(random) }));
  }
  const turns = random.below(3);
  for (let turn = 0; turn < turns; turn += 1) {
    out.push(JSON.stringify({ role: 'user', content: content(random) }), ...assistantTurn(random));
  }
  return [...out, JSON.stringify({ role: 'user', content: content(random) })];
}

function assistantTurn(random: SeededRandom): readonly string[] {
  const said = random.pick([
    hostile(random),
    `<think>\n${hostile(random)}\n</think>\n\n${hostile(random)}`,
    `</think>${hostile(random)}</think>\n\n  ${hostile(random)}`,
  ]);
  if (random.below(3) > 0) return [JSON.stringify({ role: 'assistant', content: said })];
  const calls = Array.from({ length: 1 + random.below(2) }, (_, nth) => `c${nth}`);
  const text = random.pick([null, '', said]);
  const written = calls.map(
    (id) =>
      `{"id":"${id}","type":"function","function":{"name":"f","arguments":${JSON.stringify(json(random, 2))}}}`,
  );
  return [
    `{"role":"assistant","content":${JSON.stringify(text)},"tool_calls":[${written.join(',')}]}`,
    ...calls.map((id) => JSON.stringify({ role: 'tool', tool_call_id: id, content: content(random) })),
  ];
}

function content(random: SeededRandom): unknown {
  if (random.below(4) > 0) return hostile(random);
  const parts = 1 + random.below(3);
  return Array.from({ length: parts }, () => ({ type: 'text', text: hostile(random) }));
}

function tools(random: SeededRandom): readonly string[] {
  return Array.from({ length: 1 + random.below(3) }, (_, nth) => {
    const description = JSON.stringify(hostile(random));
    const properties = `{"a":${json(random, 2)},"10":${json(random, 1)},"2":{"type":"string"}}`;
    const parameters = `{"type":"object","properties":${properties}}`;
    return `{"type":"function","function":{"name":"tool_${nth}","description":${description},"parameters":${parameters}}}`;
  });
}

/** Numbers as clients spell them; Python writes them back in its own way. */
const NUMBERS = [
  ...['0', '-0', '1.0', '-0.0', '1e-7', '1E5', '0.00001', '1e22', '123456789.12345679'],
  ...['12345678901234567890', '3.14', '1e16', '100000000000000000000.0', '5e-324'],
];

/** An object in its own spelling. */
function json(random: SeededRandom, depth: number): string {
  const members = Array.from({ length: 1 + random.below(3) }, (_, nth) => {
    return `${JSON.stringify(`k${nth}${random.pick(['', 'é', '"', '字'])}`)}: ${value(random, depth)}`;
  });
  return `{${members.join(', ')}}`;
}

function value(random: SeededRandom, depth: number): string {
  if (depth > 0 && random.below(3) === 0) return json(random, depth - 1);
  return random.pick([
    ...NUMBERS,
    'true',
    'null',
    '[]',
    '{}',
    '[1, 2.50, "x"]',
    JSON.stringify(hostile(random)),
  ]);
}

/**
 * Without halves of surrogate pairs: everybody refuses those (a recorded chat has one), but vLLM only where they reach its
 * prompt, we also in thinking that the template leaves out.
 */
function hostile(random: SeededRandom): string {
  return hostileText(random.pick(textKinds), random).toWellFormed();
}
