// 500 recorded chats (tools, history, odd messages, many scripts): /tokenize must give the very ids a real vLLM gave.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, it } from '@jest/globals';
import { JsonBody } from '#protocol';
import { openTarget } from './target.ts';

interface RecordedChat {
  readonly id: number;
  /** As recorded, byte for byte: JSON.parse would lose 1.0 and the order of number-like keys. */
  readonly body: string;
  readonly token_ids?: readonly number[] | null;
}

const file = join(import.meta.dirname, '../../fixtures/vllm-golden/chats.jsonl.gz');

function chats(): readonly RecordedChat[] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => ({ ...JSON.parse(line), body: new JsonBody(Buffer.from(line)).text('request') ?? '' }));
}

it('tokenises every recorded chat to the ids vLLM gave', async () => {
  const target = await openTarget('a');
  const wrong: number[] = [];
  try {
    for (const { id, body, token_ids } of chats()) {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${target.url}/tokenize`, {
        method: 'POST',
        headers,
        body,
      });
      const { tokens } = JSON.parse(await answer.text());
      if (JSON.stringify(tokens ?? null) !== JSON.stringify(token_ids ?? null)) wrong.push(id);
    }
  } finally {
    await target.close();
  }
  expect(wrong).toEqual([]);
});
