// Puts a counter together: the vocabulary, the tables built from it, the threads that share them.
import { Fault } from '#protocol';
import { type BpeTables, buildBpeTables } from './bpe-tables.ts';
import { CountingPool } from './counting-pool.ts';
import { loadEmbeddedVocabulary } from './embedded-vocabulary.ts';
import { type CountingTables, FastCounter } from './fast-counter.ts';
import { PartCache } from './part-cache.ts';
import { PooledCounter } from './pooled-counter.ts';
import type { TokenCounter, TokenizerOptions } from './token-counter.ts';
import { TokenSpeller } from './token-speller.ts';
import { otherStructure, readTokenizerJson } from './tokenizer-json.ts';
import { loadUnicodeClasses } from './unicode-classes.ts';
import { findUnreachableToken } from './unreachable-token.ts';
import type { Vocabulary } from './vocabulary.ts';
import { warmUp } from './warm-up.ts';

/** Takes about half a second: builds the tables, starts and warms the threads. Throws when the vocabulary cannot be used. */
export async function createTokenCounter(options: TokenizerOptions): Promise<TokenCounter> {
  const vocabulary = await loadVocabulary(options.vocabulary);
  const bpe = buildBpeTables(vocabulary);
  if (typeof options.vocabulary !== 'string') refuseUnreachableTokens(bpe, vocabulary.source);
  const tables: CountingTables = {
    bpe,
    classes: await loadUnicodeClasses(),
    addedTokens: vocabulary.addedTokens,
  };
  const starting = options.threads > 0 ? CountingPool.start(tables, options.threads) : null;
  const counter = new FastCounter(tables);
  warmUp(counter, tables);
  return new PooledCounter({
    vocabulary: { sha256: vocabulary.sha256, source: vocabulary.source },
    counter,
    speller: new TokenSpeller(tables),
    cache: new PartCache(options.cacheEntries),
    pool: await starting,
    inlineBytes: options.inlineBytes,
  });
}

async function loadVocabulary(wanted: TokenizerOptions['vocabulary']): Promise<Vocabulary> {
  if (typeof wanted === 'string') return loadEmbeddedVocabulary(wanted);
  const file = await readTokenizerJson(wanted.path);
  if (!file.usable) throw new Fault('internal_error', { message: file.reason });
  return file.vocabulary;
}

function refuseUnreachableTokens(tables: BpeTables, path: string): void {
  const token = findUnreachableToken(tables);
  if (token < 0) return;
  const { reason } = otherStructure(path, `Its merges never make its token ${token}.`);
  throw new Fault('internal_error', { message: reason });
}
