// Prompts every worker is asked to count, with our own count of each. Fewer than a gateway sends at its start, chosen for what
// tells vocabularies, templates and front ends apart: text parts, numbers in tools, thinking in the history, joined characters.
import type { RopewayConfig } from '#config';
import { profileNamed } from '#models';
import { JsonBody, parseChat } from '#protocol';
import { createTokenCounter } from '#tokenizer';
import type { TokenizerProbe } from '#workers';

const USER = { role: 'user', content: 'Which is larger, 9.9 or 9.11?' };
const TOOL =
  '{"type":"function","function":{"name":"get_weather","description":"d","parameters":{"type":"object","properties":{"city":{"type":"string","minimum":1.0,"maximum":1e-7}}}}}';

const CHATS: readonly (readonly [name: string, body: string])[] = [
  ['a question', JSON.stringify({ messages: [USER] })],
  [
    'Chinese',
    JSON.stringify({ messages: [{ role: 'user', content: '九点九和九点一一哪个大？请一步一步思考。' }] }),
  ],
  [
    'joined characters',
    JSON.stringify({ messages: [{ role: 'user', content: 'cafe\u0301 👩‍👩‍👧‍👦 ½ ﬁ ㎏' }] }),
  ],
  [
    'code',
    JSON.stringify({ messages: [{ role: 'user', content: 'def f(x):\n    return x ** 2\n\n\n1e-7 0x1F' }] }),
  ],
  ['a system message', JSON.stringify({ messages: [{ role: 'system', content: 'Be brief.' }, USER] })],
  [
    'text parts',
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
  ],
  [
    'thinking in the history',
    JSON.stringify({
      messages: [USER, { role: 'assistant', content: '<think>\nabc\n</think>\n\nHi' }, USER],
    }),
  ],
  ['tools', `{"messages":[{"role":"user","content":"天气?"}],"tools":[${TOOL}]}`],
];

const RULES = { maxAnswers: 1, allowedFields: new Set<string>() };

/** None for models whose prompts their workers count. Rejects when a vocabulary cannot be read. */
export async function probePrompts(config: RopewayConfig): Promise<readonly TokenizerProbe[]> {
  const probes = await Promise.all(config.models.map((model) => probesFor(model, config)));
  return probes.flat();
}

async function probesFor(
  { id, profile: name, vocabulary }: RopewayConfig['models'][number],
  { tokenizer }: RopewayConfig,
): Promise<readonly TokenizerProbe[]> {
  const profile = name === null ? undefined : profileNamed(name);
  if (profile === undefined || vocabulary === null) return [];
  const counter = await createTokenCounter({ ...tokenizer, vocabulary, threads: 0 });
  try {
    const probes: TokenizerProbe[] = [];
    for (const [what, body] of CHATS) {
      const rendered = profile.render(parseChat(new JsonBody(Buffer.from(body)), RULES));
      // A family may refuse one of the shapes; then it cannot be compared by it.
      if (!rendered.rendered) continue;
      probes.push({ name: what, body, expectedTokens: await counter.count(rendered.parts), model: id });
    }
    return probes;
  } finally {
    await counter.close();
  }
}
