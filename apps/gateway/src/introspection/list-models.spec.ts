import { afterAll, expect, it } from '@jest/globals';
import { Fault } from '#protocol';
import { StaticFleet } from '#workers';
import { aPoolDeclaration } from '../../../../libs/workers/testing/a-pool-declaration.ts';
import { aCaller, aModel } from '../models/model-under-test.ts';
import { ServedModels } from '../models/served-models.ts';
import { ListModels } from './list-models.ts';

const yarn2 = { name: 'yarn-2', rope: { type: 'yarn', factor: 2 }, windowTokens: 65_536 } as const;
const fleet = new StaticFleet({ pools: [aPoolDeclaration(), aPoolDeclaration(yarn2)] });
afterAll(() => fleet.close());
const models = new ServedModels([await aModel(), await aModel({ id: 'idle', aliases: [] })]);
const list = new ListModels({ models, fleet }, 1_700_000_000_900);

it('shows each model with its largest window and its pools', () => {
  expect(list.list(aCaller())).toMatchObject({
    object: 'list',
    data: [
      {
        id: 'qwq-32b',
        object: 'model',
        created: 1_700_000_000,
        aliases: ['Qwen/QwQ-32B'],
        max_model_len: 65_536,
        pools: [
          { name: 'default', rope: 'default', window: 40_960, ready_workers: 0 },
          { name: 'yarn-2', rope: 'yarn-2', window: 65_536, ready_workers: 0 },
        ],
      },
      { id: 'idle', max_model_len: 0, pools: [] },
    ],
  });
});

it('shows a key only the models it may use', () => {
  const caller = aCaller({ models: new Set(['idle']) });
  expect(list.list(caller).data.map(({ id }) => id)).toEqual(['idle']);
  expect(() => list.one('qwq-32b', caller)).toThrow(Fault);
});

it('shows a key only the pools it may use, and no model without one', () => {
  const narrow = aCaller({ scopes: { maxWindowTokens: 40_960 } });
  expect(list.list(narrow).data).toMatchObject([{ max_model_len: 40_960, pools: [{ name: 'default' }] }]);
  const none = aCaller({ scopes: { pools: [] } });
  expect(list.list(none).data).toEqual([]);
  expect(() => list.one('Qwen/QwQ-32B', none)).toThrow('Known models: none.');
});

it('answers under the name that was asked, slashes and all', () => {
  expect(list.one('Qwen/QwQ-32B', aCaller())).toMatchObject({ id: 'Qwen/QwQ-32B', max_model_len: 65_536 });
});

it('takes no empty name for the only model of a key', () => {
  const caller = aCaller({ models: new Set(['idle']) });
  expect(() => list.one('', caller)).toThrow(expect.objectContaining({ code: 'model_not_found' }));
});
