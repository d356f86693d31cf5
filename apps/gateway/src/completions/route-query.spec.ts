import { expect, it } from '@jest/globals';
import { parseCompletion } from '#protocol';
import { aModel } from '../models/model-under-test.ts';
import { routeQuery } from './route-query.ts';

it('asks for the model by its id, with what was measured and not what was charged', async () => {
  const request = parseCompletion(
    'text',
    Buffer.from('{"model":"Qwen/QwQ-32B","prompt":"a","max_tokens":9}'),
    {
      maxAnswers: 8,
      allowedFields: new Set(),
    },
  );
  const query = routeQuery(
    request,
    {
      model: await aModel(),
      measured: { promptTokens: 10, chargedTokens: 30, answers: 3, isWhole: false, chain: null },
      pinnedPool: 'yarn-2',
      scope: { pools: ['yarn-2'], maxWindowTokens: null },
    },
    { waitedMs: 5, excluded: ['http://w1'], tieBreak: 7, gateways: 2 },
  );
  expect(query).toEqual({
    model: 'qwq-32b',
    kind: 'text',
    promptTokens: 10,
    statedOutput: { tokens: 9, source: 'max_tokens' },
    answers: 3,
    pinnedPool: 'yarn-2',
    scope: { pools: ['yarn-2'], maxWindowTokens: null },
    chain: null,
    waitedMs: 5,
    excluded: ['http://w1'],
    tieBreak: 7,
    gateways: 2,
  });
});
