import { expect, it } from '@jest/globals';
import { aModel } from './model-under-test.ts';
import { probesOf } from './probes-of.ts';

it('asks about its own model only', async () => {
  const probes = await probesOf(await aModel());
  expect(new Set(probes.map(({ model }) => model))).toEqual(new Set(['qwq-32b']));
});

it('asks nothing about a model its workers count', async () => {
  expect(await probesOf(await aModel({ profile: null }))).toEqual([]);
});
