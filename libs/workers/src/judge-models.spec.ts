import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { aPoolDeclaration } from '../testing/a-pool-declaration.ts';
import { judgeModels } from './judge-models.ts';

const pool = aPoolDeclaration();
const cards = (...data: readonly unknown[]) => JSON.stringify({ object: 'list', data });

describe('judgeModels', () => {
  it('accepts the answer recorded from vLLM 0.32', () => {
    const path = join(import.meta.dirname, '../../../test/fixtures/vllm-golden/a/models.json');
    const recorded = JSON.parse(readFileSync(path, 'utf8')) as { response: { body: string } };
    expect(judgeModels(recorded.response.body, pool)).toBeNull();
  });

  it('accepts a worker that serves other names, too', () => {
    const body = cards({ id: 'lora', max_model_len: null }, { id: 'QwQ-32B', max_model_len: 40_960 });
    expect(judgeModels(body, pool)).toBeNull();
  });

  it('says which name differs and what to change', () => {
    const why = judgeModels(cards({ id: 'Qwen3-32B', max_model_len: 40_960 }), pool);
    expect(why?.reason).toContain('"Qwen3-32B"');
    expect(why?.reason).toContain('--served-model-name QwQ-32B');
  });

  it('says both windows and what to change', () => {
    const why = judgeModels(cards({ id: 'QwQ-32B', max_model_len: 131_072 }), pool);
    expect(why?.cause).toBe('window');
    expect(why?.reason).toContain('131072');
    expect(why?.reason).toContain('--max-model-len 40960');
  });

  it('does not take a name or a window from two different cards', () => {
    const body = cards({ id: 'QwQ-32B', max_model_len: 8_192 }, { id: 'other', max_model_len: 40_960 });
    expect(judgeModels(body, pool)?.reason).toContain('8192');
  });

  it('takes whatever is not a list of models for another server', () => {
    for (const body of ['', 'null', '[]', '{}', '{"data":{}}', '<html>']) {
      expect(judgeModels(body, pool)).toEqual({
        cause: 'unlike-vllm',
        reason: expect.stringContaining('check that the URL'),
      });
    }
    expect(judgeModels(cards(null, 3, { id: 4 }), pool)).toEqual({
      cause: 'served-name',
      reason: expect.stringContaining('no model'),
    });
  });
});
