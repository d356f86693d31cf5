// The vocabularies that come with Ropeway, from the assets scripts/build-vocabulary.mjs made.
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { z } from 'zod';
import type { Vocabulary } from './vocabulary.ts';

const assets = new URL('../assets/', import.meta.url);

const description = z.object({
  package: z.string(),
  sha256: z.string(),
  merges: z.number().int(),
  addedTokens: z.array(z.object({ id: z.number().int(), content: z.string() })),
});

export async function loadEmbeddedVocabulary(name: 'qwen3' | 'qwen2.5'): Promise<Vocabulary> {
  const [json, packed] = await Promise.all([
    readFile(new URL(`${name}.json`, assets), 'utf8'),
    readFile(new URL('qwen-merges.bin.br', assets)),
  ]);
  const { sha256, addedTokens, merges, package: origin } = description.parse(JSON.parse(json));
  const planes = await promisify(brotliDecompress)(packed);
  return {
    sha256,
    source: `embedded ${name} (${origin})`,
    addedTokens,
    left: readColumn(planes, 0, merges),
    right: readColumn(planes, 1, merges),
  };
}

/** A column of ids lies as three byte planes, low byte first. */
function readColumn(planes: Uint8Array, column: number, count: number): Int32Array {
  const low = planes.subarray(column * 3 * count, (column * 3 + 1) * count);
  const middle = planes.subarray((column * 3 + 1) * count, (column * 3 + 2) * count);
  const high = planes.subarray((column * 3 + 2) * count, (column * 3 + 3) * count);
  return Int32Array.from(
    low,
    (byte, index) => byte | ((middle[index] ?? 0) << 8) | ((high[index] ?? 0) << 16),
  );
}
