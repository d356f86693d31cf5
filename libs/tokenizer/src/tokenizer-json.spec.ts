import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tokenizerJsonOf } from '../test/oracle.ts';
import { loadEmbeddedVocabulary } from './embedded-vocabulary.ts';
import { readTokenizerJson } from './tokenizer-json.ts';

describe('readTokenizerJson', () => {
  let folder: string;
  let original: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ropeway-tokenizer-'));
    original = await readFile(tokenizerJsonOf('qwen3'), 'utf8');
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function reasonFor(change: (json: string) => string): Promise<string> {
    const path = join(folder, 'tokenizer.json');
    await writeFile(path, change(original));
    const file = await readTokenizerJson(path);
    return file.usable ? 'usable' : file.reason;
  }

  it.each(['qwen3', 'qwen2.5'] as const)(
    'reads from the original file of %s what is embedded',
    async (name) => {
      const file = await readTokenizerJson(tokenizerJsonOf(name));
      const embedded = await loadEmbeddedVocabulary(name);
      if (!file.usable) throw new Error(file.reason);
      expect(file.vocabulary.sha256).toBe(embedded.sha256);
      expect(file.vocabulary.addedTokens).toEqual(embedded.addedTokens);
      expect(Buffer.compare(bytesOf(file.vocabulary.left), bytesOf(embedded.left))).toBe(0);
      expect(Buffer.compare(bytesOf(file.vocabulary.right), bytesOf(embedded.right))).toBe(0);
    },
  );

  it.each([
    [
      'another splitting pattern',
      (json: string) => json.replace('|\\\\p{N}|', '|\\\\p{N}{1,3}|'),
      'pattern.Regex',
    ],
    ['another normalizer', (json: string) => json.replace('"NFC"', '"NFKC"'), 'normalizer.type'],
    ['another model', (json: string) => json.replace('"BPE"', '"Unigram"'), 'model.type'],
    [
      'merges ignored',
      (json: string) => json.replace('"ignore_merges": false', '"ignore_merges": true'),
      'ignore_merges',
    ],
    [
      'an added token that takes in spaces',
      (json: string) => json.replace('"lstrip": false', '"lstrip": true'),
      'lstrip',
    ],
    ['an added token of another form', (json: string) => json.replace('"<think>"', '"[think]"'), '"[think]"'],
    [
      'a token that no merge makes',
      (json: string) => json.replace('"!": 0,', '"!": 0, "!?!": 151643,'),
      'one token a merge',
    ],
    [
      'bytes under other ids',
      (json: string) => json.replace('"!": 0,', '"!": 1,').replace('"\\"": 1,', '"\\"": 0,'),
      'is not id 0',
    ],
    ['no JSON', () => '{', 'cannot be read as JSON'],
  ])('refuses a file with %s, and says so', async (_, change, sentence) => {
    expect(await reasonFor(change)).toContain(sentence);
  });

  it('names counting by a worker as the way out of another structure, and of nothing else', async () => {
    const otherModel = await reasonFor((json) => json.replace('"BPE"', '"Unigram"'));
    const otherMerges = await reasonFor((json) => json.replace('"!": 0,', '"!": 0, "!?!": 151643,'));
    for (const reason of [otherModel, otherMerges])
      expect(reason).toMatch(/Qwen family.*`counting: worker` and leave out `vocabulary`/s);
    expect(await reasonFor(() => '{')).not.toContain('counting: worker');
  });

  it('refuses a file that is not there', async () => {
    const file = await readTokenizerJson(join(folder, 'nowhere.json'));
    expect(file).toMatchObject({ usable: false, reason: expect.stringContaining('nowhere.json') });
  });
});

function bytesOf(ids: Int32Array): Buffer {
  return Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength);
}
