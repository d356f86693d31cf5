import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { ReplicaFile } from './replica-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'ropeway-replicas-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileAt(path: string) {
  const failures: unknown[] = [];
  return { file: new ReplicaFile(path, (error) => failures.push(error)), failures };
}

it('remembers the last count, in a folder that it makes, and leaves nothing unfinished behind', async () => {
  const path = join(folder, 'made', 'gateways.json');
  const { file, failures } = fileAt(path);
  expect(file.read()).toBeNull();
  for (const gateways of [1, 2, 7, 3]) file.keep(gateways);
  await file.written();
  expect(fileAt(path).file.read()).toBe(3);
  expect(readdirSync(join(folder, 'made'))).toEqual(['gateways.json']);
  expect(failures).toEqual([]);
});

it.each(['', '{', 'null', '{}', '{"gateways":0}', '{"gateways":-2}', '{"gateways":"4"}', '{"gateways":1.5}'])(
  'takes %s for no count, and writes the next one over it',
  async (text) => {
    const path = join(folder, 'odd.json');
    writeFileSync(path, text);
    const { file } = fileAt(path);
    expect(file.read()).toBeNull();
    file.keep(4);
    await file.written();
    expect(fileAt(path).file.read()).toBe(4);
  },
);

it('says once that it cannot write, and goes on', async () => {
  writeFileSync(join(folder, 'no-folder'), '');
  const { file, failures } = fileAt(join(folder, 'no-folder', 'gateways.json'));
  for (const gateways of [2, 3]) {
    file.keep(gateways);
    await file.written();
  }
  expect(failures).toHaveLength(1);
});
