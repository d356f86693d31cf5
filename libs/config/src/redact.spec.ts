import { describe, expect, it } from '@jest/globals';
import { loadConfig } from './load-config.ts';
import { redact } from './redact.ts';

const DIGEST = 'ab'.repeat(32);
const PEPPER = '6d0c2b94f1a87e35c04b92d8e7615fa3b8d1';

describe('a redacted configuration', () => {
  it('shows every setting and no secret', () => {
    const pool = {
      name: 'default',
      model: 'm',
      rope: { type: 'default' },
      windowTokens: 4_096,
      workers: ['http://a'],
    };
    const config = loadConfig({
      file: null,
      env: {
        ROPEWAY_PEPPER: PEPPER,
        ROPEWAY_MODELS: '[{id: m, profile: qwq}]',
        ROPEWAY_POOLS: JSON.stringify([{ ...pool, apiKey: 'worker-secret' }]),
        ROPEWAY_KEYS: JSON.stringify([{ id: 'Xq3LfT0bZ7Rw', digest: DIGEST, tenant: 'acme' }]),
      },
    });
    const text = JSON.stringify(redact(config));
    for (const secret of [PEPPER, 'worker-secret', DIGEST]) expect(text).not.toContain(secret);
    expect(JSON.parse(text)).toMatchObject({
      pools: [{ name: 'default', apiKey: '[hidden]', ca: null }],
      keys: [{ id: 'Xq3LfT0bZ7Rw', digest: '[hidden]' }],
      peppers: { 1: '[hidden]' },
    });
  });
});
