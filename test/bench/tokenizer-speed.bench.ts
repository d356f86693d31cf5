// How fast do we count, against the Rust library the engine uses, in the same run? And does any text hold us up?
// Bars (issue 3): fresh 600 KB of English and code at least 10 times as fast, Chinese 5 times; no text of 600 KB takes more
// than 500 ms or holds the event loop for more than 15 ms; a prompt of a few tokens costs a microsecond or two.
// Run: node test/bench/tokenizer-speed.bench.ts
import { performance } from 'node:perf_hooks';
import { setTimeout as idle, setImmediate as nextTurn } from 'node:timers/promises';
import { createTokenCounter, type TokenCounter } from '#tokenizer';
import { buildBpeTables } from '../../libs/tokenizer/src/bpe-tables.ts';
import { loadEmbeddedVocabulary } from '../../libs/tokenizer/src/embedded-vocabulary.ts';
import { type CountingTables, FastCounter } from '../../libs/tokenizer/src/fast-counter.ts';
import { loadUnicodeClasses } from '../../libs/tokenizer/src/unicode-classes.ts';
import { warmUp } from '../../libs/tokenizer/src/warm-up.ts';
import { Oracle } from '../../libs/tokenizer/test/oracle.ts';
import { SeededRandom } from '../seeded-random.ts';
import { readCorpora } from './tokenizer-corpora.ts';

const BYTES = 600_000;
const SLICES = 3;
const ROUNDS = 5;
const INLINE_BYTES = 32 * 1024;

const BARS = { english: 10, code: 10, chinese: 5, worstMs: 500, heldMs: 15, tinyNs: 2_000 };

interface Speed {
  readonly own_mb_s: number;
  readonly own_ms_600kb: number;
  readonly seen_mb_s: number;
  readonly tokenizers_mb_s: number;
  readonly ratio: number;
  readonly bar: number;
}

interface Monster {
  readonly tokens: number;
  readonly own_ms: number;
  readonly tokenizers_ms: number;
  /** The longest the event loop was held while a thread counted. */
  readonly held_ms: number;
}

async function run(): Promise<object> {
  const vocabulary = await loadEmbeddedVocabulary('qwen3');
  const { addedTokens } = vocabulary;
  const tables = { bpe: buildBpeTables(vocabulary), classes: await loadUnicodeClasses(), addedTokens };
  const oracle = new Oracle();
  const counter = await createTokenCounter({
    vocabulary: 'qwen3',
    cacheEntries: 10_000,
    inlineBytes: INLINE_BYTES,
    threads: 1,
  });
  try {
    const fresh = await compareFresh(tables, oracle);
    const worst = await timeMonsters(tables, oracle, counter);
    const inline = timeInline(tables);
    const chat = await timeChats(counter);
    const measured = {
      fresh,
      worst,
      inline_32kb_ms: inline,
      ...chat,
      machine_held_ms: round(await longestHold(() => idle(500))),
    };
    return { ...measured, unmet: unmetBars(measured) };
  } finally {
    await counter.close();
  }
}

/**
 * Text no counter instance saw before: each slice is counted by one with an empty word cache, its code compiled. Own
 * and theirs in turn, the best of all rounds a slice: what the machine does besides slows both, and only ever slows.
 */
async function compareFresh(tables: CountingTables, oracle: Oracle): Promise<Record<string, Speed>> {
  const corpora = readCorpora(BYTES * SLICES, tables.bpe);
  const speeds: Record<string, Speed> = {};
  warmUp(new FastCounter(tables), tables);
  for (const name of ['english', 'code', 'chinese'] as const) {
    const times: { own: number; seen: number; theirs: number }[] = [];
    for (const slice of slicesOf(corpora[name])) times.push(await timeSlice(slice, tables, oracle));
    const sum = (key: 'own' | 'seen' | 'theirs') => times.reduce((total, time) => total + time[key], 0);
    const megabytes = (times.length * BYTES) / 1e6;
    speeds[name] = {
      own_mb_s: round((megabytes * 1e3) / sum('own')),
      own_ms_600kb: round(sum('own') / times.length),
      seen_mb_s: round((megabytes * 1e3) / sum('seen')),
      tokenizers_mb_s: round((megabytes * 1e3) / sum('theirs')),
      ratio: round(sum('theirs') / sum('own')),
      bar: BARS[name],
    };
  }
  return speeds;
}

async function timeSlice(slice: string, tables: CountingTables, oracle: Oracle) {
  const best = {
    own: Number.POSITIVE_INFINITY,
    seen: Number.POSITIVE_INFINITY,
    theirs: Number.POSITIVE_INFINITY,
  };
  for (let round = 0; round < ROUNDS; round++) {
    const counter = new FastCounter(tables);
    let tokens = 0;
    best.own = Math.min(
      best.own,
      timed(() => {
        tokens = counter.count(slice);
      }),
    );
    best.seen = Math.min(
      best.seen,
      timed(() => counter.count(slice)),
    );
    const start = performance.now();
    const expected = await oracle.encode(slice);
    best.theirs = Math.min(best.theirs, performance.now() - start);
    if (expected.length !== tokens) throw new Error(`${tokens} tokens instead of ${expected.length}`);
  }
  return best;
}

async function timeMonsters(
  tables: CountingTables,
  oracle: Oracle,
  counter: TokenCounter,
): Promise<Record<string, Monster>> {
  const monsters: Record<string, Monster> = {};
  const fast = new FastCounter(tables);
  for (const [name, text] of Object.entries(monsterTexts())) {
    const start = performance.now();
    const expected = (await oracle.encode(text)).length;
    const theirs = performance.now() - start;
    const tokens = fast.count(text);
    if (tokens !== expected) throw new Error(`${name}: ${tokens} tokens instead of ${expected}`);
    let own = Number.POSITIVE_INFINITY;
    let held = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < ROUNDS; attempt++) {
      own = Math.min(
        own,
        timed(() => fast.count(text)),
      );
      // Another text each time: the same would come from the cache. The least of all: the machine is shared.
      held = Math.min(held, await longestHold(() => counter.count([`${attempt}${text}`])));
    }
    monsters[name] = { tokens, own_ms: round(own), tokenizers_ms: round(theirs), held_ms: round(held) };
  }
  return monsters;
}

/** The most that is counted on the event loop itself, for the texts that are slowest a byte. */
function timeInline(tables: CountingTables): Record<string, number> {
  const fast = new FastCounter(tables);
  const times: Record<string, number> = {};
  for (const [name, text] of Object.entries(monsterTexts())) {
    const piece = Buffer.from(text).subarray(0, INLINE_BYTES).toString('utf8');
    times[name] = round(Math.min(...Array.from({ length: 5 }, () => timed(() => fast.count(piece)))));
  }
  return times;
}

async function timeChats(counter: TokenCounter) {
  const tiny = ['<|im_start|>user\nHello there!<|im_end|>\n', '<|im_start|>assistant\n'];
  const calls = 200_000;
  let tinyMs = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 5; attempt++) {
    tinyMs = Math.min(
      tinyMs,
      timed(() => countTimes(counter, tiny, calls)),
    );
  }
  const random = new SeededRandom(3);
  const words = () => random.text(1_700, () => `${random.below(36 ** 4).toString(36)} `);
  const history = Array.from({ length: 60 }, () => `<|im_start|>user\n${words()}<|im_end|>\n`);
  const firstTurn = performance.now();
  await counter.count(history);
  const firstMs = performance.now() - firstTurn;
  return {
    tiny_chat_ns: Math.round((tinyMs * 1e6) / calls),
    history_bytes: Buffer.byteLength(history.join('')),
    history_first_ms: round(firstMs),
    history_again_ms: round(timed(() => counter.count([...history, '<|im_start|>assistant\n']))),
  };
}

function countTimes(counter: TokenCounter, parts: readonly string[], calls: number): void {
  for (let call = 0; call < calls; call++) counter.count(parts);
}

/** The longest the event loop was held while the count was under way, the call itself included. With nothing to do it
 * says how long the machine takes the core away (`machine_held_ms`): holds below that are not ours. */
async function longestHold(count: () => unknown): Promise<number> {
  let held = 0;
  let isDone = false;
  let last = performance.now();
  const done = Promise.resolve(count()).then(() => {
    isDone = true;
  });
  while (!isDone) {
    await nextTurn();
    const now = performance.now();
    held = Math.max(held, now - last);
    last = now;
  }
  await done;
  return held;
}

function monsterTexts(): Record<string, string> {
  const random = new SeededRandom(11);
  const randomOf = (characters: number, first: number, alphabet: number) =>
    random.text(characters, () => String.fromCodePoint(first + random.below(alphabet)));
  return {
    'one letter': 'a'.repeat(BYTES),
    'random letters, one word': randomOf(BYTES, 97, 26),
    'spaces and a letter': `${' '.repeat(BYTES)}x`,
    dashes: '-'.repeat(BYTES),
    'runs of 128 slashes': `${'/'.repeat(128)} x`.repeat(BYTES / 130),
    'runs of 120 tabs': `${'\t'.repeat(120)}x`.repeat(BYTES / 121),
    'random punctuation': randomOf(BYTES, 33, 14),
    digits: '7'.repeat(BYTES),
    'Chinese without a stop': randomOf(BYTES / 3, 0x4e00, 0x5000),
    'random words': random.text(BYTES / 8, () => `${random.below(36 ** 7).toString(36)} `),
    'line feeds': '\n'.repeat(BYTES),
    'opening brackets': '<'.repeat(BYTES),
    'combining marks of two classes': `a${'\u0301\u0323'.repeat(BYTES / 4)}`,
    'decomposed Vietnamese': 'Tie\u0302\u0301ng Vie\u0323\u0302t ra\u0302\u0301t d\u0323e\u0323p. '.repeat(
      BYTES / 37,
    ),
    'any code points': random.text(BYTES / 4, () => String.fromCodePoint(0x10000 + random.below(0x20000))),
  };
}

function unmetBars(result: {
  readonly fresh: Record<string, Speed>;
  readonly worst: Record<string, Monster>;
  readonly inline_32kb_ms: Record<string, number>;
  readonly tiny_chat_ns: number;
}): readonly string[] {
  return [
    ...Object.entries(result.fresh)
      .filter(([, { ratio, bar }]) => ratio < bar)
      .map(([name, { ratio, bar }]) => `${name}: ${ratio} times as fast, not ${bar}`),
    ...Object.entries(result.worst)
      .filter(([, { own_ms }]) => own_ms > BARS.worstMs)
      .map(([name, { own_ms }]) => `${name}: ${own_ms} ms, more than ${BARS.worstMs}`),
    ...Object.entries(result.worst)
      .filter(([, { held_ms }]) => held_ms > BARS.heldMs)
      .map(([name, { held_ms }]) => `${name}: loop held ${held_ms} ms, more than ${BARS.heldMs}`),
    ...Object.entries(result.inline_32kb_ms)
      .filter(([, ms]) => ms > BARS.heldMs)
      .map(([name, ms]) => `${name}: 32 KB inline take ${ms} ms, more than ${BARS.heldMs}`),
    ...(result.tiny_chat_ns > BARS.tinyNs ? [`a tiny chat takes ${result.tiny_chat_ns} ns`] : []),
  ];
}

function slicesOf(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  // Copied out of the corpus, so that each is a flat string of its own, as a request's would be.
  return Array.from({ length: Math.floor(bytes.length / BYTES) }, (_, index) =>
    bytes.subarray(index * BYTES, (index + 1) * BYTES).toString('utf8'),
  );
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

if (import.meta.main) {
  const result = await run();
  for (const table of Object.values(result)) {
    if (typeof table === 'object' && !Array.isArray(table)) console.table(table);
  }
  console.log(JSON.stringify(result));
  if ('unmet' in result && Array.isArray(result.unmet) && result.unmet.length > 0) process.exitCode = 1;
}
