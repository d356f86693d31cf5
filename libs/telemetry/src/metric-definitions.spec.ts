import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { METRICS } from './metric-definitions.ts';

const FOLDER = join(import.meta.dirname, 'definitions');

it('joins the list of every subject, and none takes an id of another', async () => {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('-definitions.ts'));
  const subjects = await Promise.all(files.map((file) => import(join(FOLDER, file))));
  const ids = subjects.flatMap((subject) => Object.values<object>(subject).flatMap(Object.keys));
  expect(ids.toSorted()).toEqual(Object.keys(METRICS).toSorted());
});
