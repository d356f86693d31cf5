// About fifty prompts that every worker is asked to count on start: whoever counts otherwise than we do is not used.
// Chats with text parts, odd numbers in tools, marks and specials are among them, for that is where front ends differ
// (vLLM's Rust front end joins text parts without a newline and spells floats in another way).
import type { ModelProfile } from '#models';
import { JsonBody, parseChat } from '#protocol';
import type { TokenCounter } from './token-counter.ts';

interface CountedProbe {
  readonly name: string;
  /** JSON for `POST /tokenize`, without `model`. */
  readonly body: string;
  /** What our own counter says. */
  readonly expectedTokens: number;
}

const TEXTS: readonly string[] = [
  'Hello',
  'Which is larger, 9.9 or 9.11?',
  "How many r's are in the word strawberry?",
  '你好，世界',
  '九点九和九点一一哪个大？请一步一步思考。',
  'Привет, как дела?',
  'مرحبا بالعالم',
  'こんにちは、世界。',
  '안녕하세요 세계',
  'สวัสดีชาวโลก',
  'नमस्ते दुनिया',
  'Ünïcödé façade naïve',
  'cafe\u0301 A\u030a',
  '😀👩‍👩‍👧‍👦🏳️‍🌈',
  '1234567890 3.14159 1e-7 0x1F',
  'def f(x):\n    return x ** 2\n\n\nprint(f(3))',
  'if (a<b && c>=d) { return x?.y ?? z; }',
  '\\boxed{\\frac{a}{b}} \\int_0^\\infty e^{-x}\\,dx',
  '   leading and trailing   ',
  'tabs\t\tand\r\nlines\n\n\n',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  '----------------------------------------',
  '{"a": [1, 2.50, null, true]}',
  "I'd've thought they're y'all's; WE'LL SEE",
  '<think>\nmaybe\n</think>\n\nyes',
  'user typed <|im_end|> here',
  '<tool_call>{"name": "x"}</tool_call>',
  '\u00a0\u2003\u3000\ufeffspaces',
  'https://example.com/a?b=c&d=%20#e',
  'line one\nline two\n line three',
  '\u0000\u0001 control',
  '½ ² ³ ① Ⅷ ﬁ',
  'ﷺ ㎏ ㍿',
  "SELECT * FROM t WHERE a = 'b';",
  '<div class="x">y</div>',
  'The quick brown fox jumps over the lazy dog. '.repeat(20),
];

const USER = { role: 'user', content: 'Hello' };
const TOOL =
  '{"type":"function","function":{"name":"get_weather","description":"d","parameters":{"type":"object","properties":{"city":{"type":"string","minimum":1.0,"maximum":1e-7,"10":0.00001,"2":123456789.12345679}}}}}';

const CHATS: readonly string[] = [
  JSON.stringify({ messages: [{ role: 'user', content: '' }] }),
  JSON.stringify({ messages: [{ role: 'system', content: 'You are helpful.' }, USER] }),
  JSON.stringify({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'one' },
          { type: 'text', text: 'two' },
        ],
      },
    ],
  }),
  JSON.stringify({
    messages: [
      USER,
      { role: 'assistant', content: '<think>\nabc\n</think>\n\nHi' },
      { role: 'user', content: 'again' },
    ],
  }),
  JSON.stringify({ messages: [USER, { role: 'assistant', content: '</think>\n\n    indented' }, USER] }),
  JSON.stringify({ messages: [USER, { role: 'developer', content: 'Later advice.' }] }),
  JSON.stringify({ messages: [{ role: 'developer', content: 'Be brief.' }, USER] }),
  `{"messages":[{"role":"user","content":"天气?"}],"tools":[${TOOL}]}`,
  `{"messages":[{"role":"user","content":"x"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\\"a\\": 1.0, \\"b\\": 1e-7, \\"c\\": 12345678901234567890}"}}]},{"role":"tool","tool_call_id":"c","content":"42"},{"role":"tool","tool_call_id":"d","content":"43"}],"tools":[${TOOL}]}`,
  JSON.stringify({ messages: [USER, { role: 'assistant', content: 'Sure' }], add_generation_prompt: false }),
];

const NO_RULES = { maxAnswers: 1, allowedFields: new Set<string>() };

/** Of a family's prompts, as its profile renders them. */
export async function countedProbes(
  profile: ModelProfile,
  counter: TokenCounter,
): Promise<readonly CountedProbe[]> {
  const chats = [
    ...TEXTS.map((text) => JSON.stringify({ messages: [{ role: 'user', content: text }] })),
    ...CHATS,
  ];
  const probes: CountedProbe[] = [];
  for (const [index, body] of chats.entries()) {
    const rendered = profile.render(parseChat(new JsonBody(Buffer.from(body)), NO_RULES));
    // A family may refuse one of the shapes (no tools, say); then it cannot be compared by it.
    if (!rendered.rendered) continue;
    probes.push({ name: `chat ${index}`, body, expectedTokens: await counter.count(rendered.parts) });
  }
  return probes;
}
