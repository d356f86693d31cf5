import { expect, it } from '@jest/globals';
import { Fault } from '#protocol';
import { aCaller, aModel } from './model-under-test.ts';
import { ServedModels } from './served-models.ts';

const qwq = await aModel({ id: 'qwq-32b', aliases: ['Qwen/QwQ-32B'], maxAnswers: 2 });
const qwen = await aModel({ id: 'qwen3-8b', aliases: [], maxAnswers: 8 });
const both = new ServedModels([qwq, qwen]);

function refusal(name: string, caller = aCaller(), models = both): Fault {
  try {
    models.require(name, caller);
  } catch (error) {
    if (error instanceof Fault) return error;
  }
  throw new TypeError(`the model ${name} was given`);
}

it('finds a model by its id and by an alias that holds a slash', () => {
  expect(both.require('qwq-32b', aCaller())).toBe(qwq);
  expect(both.require('Qwen/QwQ-32B', aCaller())).toBe(qwq);
});

it.each(['', 'QWQ-32B', 'gpt-4o', '__proto__', 'constructor'])('knows no model %j', (name) => {
  expect(refusal(name)).toMatchObject({ code: 'model_not_found', status: 404, param: 'model' });
});

it('takes no name for the only model there is', () => {
  expect(new ServedModels([qwq]).require('', aCaller())).toBe(qwq);
  expect(both.require('', aCaller({ models: new Set(['qwen3-8b']) }))).toBe(qwen);
});

it('says the same of a model the key may not use as of one that does not exist', () => {
  const caller = aCaller({ models: new Set(['qwen3-8b']) });
  const hidden = refusal('qwq-32b', caller);
  expect(hidden.toBody()).toEqual(
    JSON.parse(JSON.stringify(refusal('nothing', caller).toBody()).replace('nothing', 'qwq-32b')),
  );
  expect(hidden.message).toContain('Known models: qwen3-8b.');
});

it('lets a key name a model by an alias', () => {
  const caller = aCaller({ models: new Set(['Qwen/QwQ-32B']) });
  expect(both.visibleTo(caller)).toEqual([qwq]);
  expect(both.require('qwq-32b', caller)).toBe(qwq);
});

it('parses by the loosest bound of all models and the fields of the key', () => {
  const allowedFields = new Set(['priority']);
  expect(both.parseRules(aCaller({ allowedFields }))).toEqual({ maxAnswers: 8, allowedFields });
});
