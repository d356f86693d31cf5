// Texts that counters get wrong, made at random from a seed: prose in several scripts, code, special tokens where users
// write them, white space of every kind, combining marks, long runs, and code points from anywhere in Unicode.
import type { SeededRandom } from '../../../test/seeded-random.ts';

const specials = [
  '<|im_start|>',
  '<|im_end|>',
  '<|endoftext|>',
  '<think>',
  '</think>',
  '<tool_call>',
  '</tool_response>',
  '<|fim_prefix|>',
];
const nearSpecials = [
  '<',
  '<|',
  '<|im_end|',
  '|>',
  '<|im_end |>',
  '<THINK>',
  '</think',
  '<think >',
  '<<think>',
  '<|im_<|im_end|>',
];
const spaces = [
  ' ',
  '  ',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\n\n',
  '\v',
  '\f',
  '\u0085',
  '\u00a0',
  '\u1680',
  '\u2003',
  '\u2028',
  '\u2029',
  '\u202f',
  '\u3000',
  '\ufeff',
  '\u200b',
];
const marks = [
  '\u0301',
  '\u0323',
  '\u0338',
  '\u0345',
  '\u0334',
  '\u05b0',
  '\u064b',
  '\u093c',
  '\u094d',
  '\u0e38',
  '\u3099',
  '\u309a',
  '\u20dd',
  '\u1ab0',
  '\u{1d165}',
  '\u{1e94a}',
  '\u{10efd}',
  '\u1acf',
];
const bases = [
  'a',
  'e',
  'o',
  'u',
  'I',
  'A\u030a',
  '\u212b',
  '\u1ec7',
  '\u00e9',
  '\uac00',
  '\u1100',
  '\u1161',
  '\u11a8',
  '\u304b',
  '\u0928',
  '\uf900',
  '\u{2f800}',
  '\u{1d15e}',
  '\u0958',
  '\u{11099}',
  '\u{16121}',
  '=',
  '<',
  '\u037e',
  '\u2126',
];
const contractions = [
  "'s",
  "'S",
  "'t",
  "'re",
  "'RE",
  "'vE",
  "'m",
  "'ll",
  "'Ll",
  "'d",
  "'\u017f",
  "''s",
  "'x",
  '’s',
  "'l",
  "'r",
  "'",
];
const emoji = ['😀', '👩‍💻', '👨‍👩‍👧‍👦', '🇨🇳', '❤️', '1️⃣', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', '✨', '🫠', '👍🏽'];
const formulas = [
  '∑_{i=1}^{n} x_i^2',
  '\\frac{a}{b}',
  '∫₀^∞ e^{-x²} dx',
  '$E=mc^2$',
  'α≤β⇒γ',
  '9.11 < 9.9',
  '1e-07',
  '0x1F',
  '½⅔²³',
  '٣٤٥',
  '１２３',
  'Ⅷ',
];
const code = [
  'function f(x) {\n  return x?.y ?? 0;\n}\n',
  'def f(self, *args):\n\tpass\n\n\n',
  '{"a": [1, 2.50, -3e10], "b": null}',
  'SELECT * FROM t WHERE id = 1;\n',
  '#include <stdio.h>\n',
  'a->b::c<d>(e)&&!f;',
  '/* ---- */',
  'https://example.org/a?b=c&d=%20',
];
const prose = [
  "It's what they've said: we'll see, won't we?",
  '九点九和九点一一哪个大？请一步一步思考。',
  '臺灣繁體中文測試：電腦、軟體。',
  'Привет, как дела?',
  'مرحبا بالعالم',
  'שָׁלוֹם עוֹלָם',
  'नमस्ते दुनिया',
  'สวัสดีชาวโลก',
  '안녕하세요 세계',
  'こんにちは世界。',
  'Tiếng Việt rất đẹp',
  'Ça déjà vu, naïve façade',
  'Ελληνικά γράμματα',
  'tschüß, Größe',
];
const runs = [
  'a',
  '-',
  '=',
  ' ',
  '\n',
  ' \n',
  '/',
  '\t',
  '#',
  '7',
  '的',
  'ab',
  '.',
  '\u0301',
  '\u0301\u0323',
  '👍',
  '\0',
];

export type TextKind = keyof typeof kinds;

const kinds = {
  prose: (random: SeededRandom) =>
    random.text(1 + random.below(6), () => random.pick(prose) + random.pick(spaces)),
  code: (random: SeededRandom) =>
    random.text(1 + random.below(6), () => random.pick(code) + random.pick(['', ' ', '\n'])),
  mathematics: (random: SeededRandom) =>
    random.text(1 + random.below(8), () => random.pick(formulas) + random.pick(spaces)),
  specials: (random: SeededRandom) =>
    random.text(1 + random.below(12), () =>
      random.pick([
        random.pick(specials),
        random.pick(nearSpecials),
        random.pick(marks),
        random.pick(prose),
        random.pick(spaces),
      ]),
    ),
  spaces: (random: SeededRandom) =>
    random.text(1 + random.below(30), () =>
      random.pick([random.pick(spaces), random.pick(spaces), 'x', '1', '!', '字']),
    ),
  contractions: (random: SeededRandom) =>
    random.text(
      1 + random.below(12),
      () => random.pick(['x', 'X', ' ', '1', '.', 'é', '字', '']) + random.pick(contractions),
    ),
  marks: (random: SeededRandom) =>
    random.text(
      1 + random.below(20),
      () =>
        random.pick(bases) +
        random.text(random.below(4), () => random.pick(marks)) +
        random.pick(['', '', ' ', 'x']),
    ),
  emoji: (random: SeededRandom) =>
    random.text(1 + random.below(12), () => random.pick([...emoji, ...spaces, 'ok'])),
  runs: (random: SeededRandom) =>
    random.text(
      1 + random.below(5),
      () => random.pick(runs).repeat(1 + random.below(300)) + random.pick(['', ' ', 'x']),
    ),
  unicode: (random: SeededRandom) => random.text(1 + random.below(60), () => anyCodePoint(random)),
  ascii: (random: SeededRandom) =>
    random.text(1 + random.below(200), () => String.fromCharCode(random.below(128))),
  mixed: (random: SeededRandom) =>
    random.text(2 + random.below(10), () =>
      random.pick([
        ...prose,
        ...code,
        ...formulas,
        ...emoji,
        ...specials,
        ...contractions,
        ...marks,
        ...spaces,
      ]),
    ),
};

export const textKinds = Object.keys(kinds) as readonly TextKind[];

export function hostileText(kind: TextKind, random: SeededRandom): string {
  return kinds[kind](random);
}

/** Mostly from the planes that hold something, sometimes half a surrogate pair. */
function anyCodePoint(random: SeededRandom): string {
  const limit = random.pick([0x250, 0x3000, 0x10000, 0x20000, 0x110000]);
  return String.fromCodePoint(random.below(limit));
}
