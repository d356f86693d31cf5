// Text to count that comes with the dependencies, so that a fresh clone measures what we measured: prose of their
// README files, their sources, and the Chinese texts among them (TypeScript's translated messages above all), made up
// to size with phrases drawn from the vocabulary's Chinese tokens. Nothing is repeated to fill a corpus.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BpeTables } from '../../libs/tokenizer/src/bpe-tables.ts';
import { SeededRandom } from '../seeded-random.ts';

const modules = new URL('../../node_modules/', import.meta.url).pathname;

interface Corpora {
  readonly english: string;
  readonly code: string;
  readonly chinese: string;
}

/** Each about as many UTF-8 bytes as asked for, or as much as there is. */
export function readCorpora(bytes: number, tables: BpeTables): Corpora {
  const files = listFiles(modules);
  const chinese = chineseLines(files).join('\n');
  return {
    english: cut(proseLines(files).join('\n'), bytes),
    code: cut(sources(files, bytes * 2).join('\n'), bytes),
    chinese: cut(
      interleave(chinese, chinesePhrases(tables, Math.max(0, bytes - Buffer.byteLength(chinese)))),
      bytes,
    ),
  };
}

/** Deterministic: sorted, so every machine with the same lockfile reads the same text. */
function listFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => join(folder, name));
}

/** Lines that read like sentences; no tables, links, code or badges, none twice. */
function proseLines(files: readonly string[]): readonly string[] {
  const lines = files
    .filter((file) => /\.md$/i.test(file))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter(
      (line) => line.length > 40 && !/https?:|[|<>{}=\\]/.test(line) && isMostly(line, /[a-z ]/gi, 0.85),
    );
  return [...new Set(lines)];
}

function sources(files: readonly string[], bytes: number): readonly string[] {
  const texts: string[] = [];
  let size = 0;
  for (const file of files) {
    if (!/\.(js|ts|mjs|c|h)$/.test(file) || /\.min\.|\.d\.ts$/.test(file)) continue;
    const text = readFileSync(file, 'utf8');
    const isMinified = text.length > 200 * text.split('\n').length;
    if (isMinified || text.length < 2_000 || text.length > 60_000) continue;
    texts.push(text);
    size += text.length;
    if (size > bytes) break;
  }
  return texts;
}

function chineseLines(files: readonly string[]): readonly string[] {
  const lines = files
    .filter((file) => /zh[-_](cn|tw)/i.test(file) && /\.(json|md|js)$/.test(file))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .map((line) => line.replace(/^\s*"[^"]*": "|",?$/g, ''))
    .filter((line) => isMostly(line, /[\u3000-\u9fff\uff00-\uffef]/g, 0.5));
  return [...new Set(lines)];
}

/** Sentences of Chinese tokens, frequent ones (lower ids) more often, with commas and stops as text has them. */
function chinesePhrases(tables: BpeTables, bytes: number): string {
  const decoder = new TextDecoder();
  const words: string[] = [];
  for (let id = 0; id < tables.size; id++) {
    const word = decoder.decode(tables.bytes.slice(tables.offsets[id], tables.offsets[id + 1]));
    if (/^[\u4e00-\u9fff]+$/.test(word)) words.push(word);
  }
  const random = new SeededRandom(20_261_123);
  let text = '';
  let size = 0;
  while (size < bytes) {
    const clause = Array.from(
      { length: 2 + Math.floor(random.number() * 6) },
      () => words[Math.floor(words.length * random.number() ** 2)],
    );
    const sentence = clause.join('') + (random.number() < 0.3 ? '。' : '，');
    text += sentence;
    size += Buffer.byteLength(sentence);
  }
  return text;
}

/** Alternates pieces of both, so that every slice of the corpus has the same mix. */
function interleave(first: string, second: string): string {
  const pieces = 64;
  const part = (text: string, index: number) =>
    text.slice(Math.floor((text.length * index) / pieces), Math.floor((text.length * (index + 1)) / pieces));
  return Array.from({ length: pieces }, (_, index) => part(first, index) + part(second, index)).join('\n');
}

function isMostly(line: string, characters: RegExp, share: number): boolean {
  return line.length > 0 && (line.match(characters)?.length ?? 0) >= share * line.length;
}

function cut(text: string, bytes: number): string {
  return Buffer.from(text)
    .subarray(0, bytes)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
}
