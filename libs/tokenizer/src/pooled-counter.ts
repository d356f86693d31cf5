// The port's one implementation: what was seen before comes from the cache, what is small is counted here and now, what
// is big is counted by a thread.
import { Buffer } from 'node:buffer';
import type { PromptParts } from '#protocol';
import type { CountingPool } from './counting-pool.ts';
import type { FastCounter } from './fast-counter.ts';
import type { PartCache } from './part-cache.ts';
import type { TokenCounter } from './token-counter.ts';
import type { TokenSpeller } from './token-speller.ts';

/** Up to here counting (8 ns a character) costs no more than hashing and looking up (0.4 us); measured, ADR 0002. */
const UNCACHED_CHARACTERS = 64;

interface CounterPorts {
  readonly vocabulary: TokenCounter['vocabulary'];
  readonly counter: FastCounter;
  readonly speller: TokenSpeller;
  readonly cache: PartCache;
  /** null counts everything inline. */
  readonly pool: CountingPool | null;
  readonly inlineBytes: number;
}

export class PooledCounter implements TokenCounter {
  readonly vocabulary: TokenCounter['vocabulary'];
  readonly #ports: CounterPorts;

  constructor(ports: CounterPorts) {
    this.vocabulary = ports.vocabulary;
    this.#ports = ports;
  }

  count(parts: PromptParts, signal?: AbortSignal): number | Promise<number> {
    const { counter, cache } = this.#ports;
    let tokens = 0;
    let room = this.#ports.inlineBytes;
    const missing: MissingPart[] = [];
    for (const text of parts) {
      if (text.length <= UNCACHED_CHARACTERS && room > 0) {
        room -= text.length;
        tokens += counter.count(text);
        continue;
      }
      const key = cache.keyOf(text);
      const known = cache.get(key);
      if (known === undefined) missing.push({ key, text });
      else tokens += known;
    }
    if (missing.length === 0) return tokens;
    if (this.#fitsInline(missing, room))
      return (
        tokens +
        this.#remember(
          missing,
          missing.map(({ text }) => counter.count(text)),
        )
      );
    return this.#countAside(missing, signal).then((more) => tokens + more);
  }

  async encode(parts: PromptParts, signal?: AbortSignal): Promise<readonly number[]> {
    signal?.throwIfAborted();
    const { counter, pool, inlineBytes } = this.#ports;
    const bytes = parts.reduce((sum, part) => sum + Buffer.byteLength(part), 0);
    if (pool === null || bytes <= inlineBytes) return parts.flatMap((part) => counter.encode(part));
    return Array.from(await pool.run('encode', parts, signal));
  }

  async decode(ids: readonly number[]): Promise<string> {
    return this.#ports.speller.spell(ids);
  }

  tokenStrings(ids: readonly number[]): readonly string[] {
    return this.#ports.speller.tokenStrings(ids);
  }

  async close(): Promise<void> {
    await this.#ports.pool?.close();
  }

  async #countAside(missing: readonly MissingPart[], signal: AbortSignal | undefined): Promise<number> {
    const { pool } = this.#ports;
    if (pool === null) return 0;
    const counts = await pool.run(
      'count',
      missing.map(({ text }) => text),
      signal,
    );
    return this.#remember(missing, counts);
  }

  #fitsInline(missing: readonly MissingPart[], room: number): boolean {
    if (this.#ports.pool === null) return true;
    let left = room;
    for (const { text } of missing) {
      left -= text.length * 3 <= left ? text.length : Buffer.byteLength(text);
      if (left < 0) return false;
    }
    return true;
  }

  #remember(missing: readonly MissingPart[], counts: ArrayLike<number>): number {
    let sum = 0;
    for (const [index, { key }] of missing.entries()) {
      const tokens = counts[index] ?? 0;
      this.#ports.cache.set(key, tokens);
      sum += tokens;
    }
    return sum;
  }
}

interface MissingPart {
  readonly key: string;
  readonly text: string;
}
