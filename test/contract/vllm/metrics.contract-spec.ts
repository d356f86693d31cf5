// The metrics page against a recorded one: every vllm:* series, its labels and its buckets.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { openTarget } from './target.ts';

const recorded = readFileSync(join(import.meta.dirname, '../../fixtures/vllm-golden/a/metrics.txt'), 'utf8');

/** The tool parser's own counters: nobody routes by them. */
const leftOut = 'vllm:tool_call_parser_invocations';

/** Each series without its value; `_created` stamps are Python's client's, and numbers within labels vary. */
function seriesOf(page: string): readonly string[] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('vllm:') && !line.includes('_created') && !line.startsWith(leftOut))
    .map((line) => line.slice(0, line.lastIndexOf(' ')))
    .map((line) => (line.startsWith('vllm:cache_config_info') ? line.replaceAll(/="[^"]*"/g, '') : line))
    .sort();
}

it('shows every series vLLM shows, with its labels and buckets, and no other', async () => {
  const target = await openTarget('a');
  try {
    const answer = await fetch(`${target.url}/metrics`);
    expect(seriesOf(await answer.text())).toEqual(seriesOf(recorded));
  } finally {
    await target.close();
  }
});
