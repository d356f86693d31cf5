import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import type { ConfigChange } from './compare-configs.ts';
import { type ConfigError, problemLine } from './config-problem.ts';
import { ConfigWatch, watchConfig } from './watch-config.ts';

const PEPPER = '6d0c2b94f1a87e35c04b92d8e7615fa3b8d1';
const TREE = {
  models: [{ id: 'qwq-32b', profile: 'qwq', servedName: 'QwQ' }],
  pools: [
    {
      name: 'default',
      model: 'qwq-32b',
      rope: { type: 'default' },
      windowTokens: 40_960,
      workers: ['http://a'],
      apiKeyFile: 'worker-key',
    },
  ],
  keys: [{ id: 'Xq3LfT0bZ7Rw', digest: 'ab'.repeat(32), tenant: 'acme' }],
};

/** A watch over files in memory; `check()` is what the poll and the file system call. */
function watched() {
  const files = new Map([
    ['/c/ropeway.yaml', stringify(TREE)],
    ['/c/worker-key', 'first'],
  ]);
  const changes: ConfigChange[] = [];
  const refusals: ConfigError[] = [];
  const watch = new ConfigWatch(
    {
      file: '/c/ropeway.yaml',
      env: { ROPEWAY_PEPPER: PEPPER },
      readFile: (path) => {
        const text = files.get(path);
        if (text === undefined) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
        return text;
      },
    },
    { changed: (change) => changes.push(change), refused: (error) => refusals.push(error) },
  );
  const write = (tree: object): void => {
    files.set('/c/ropeway.yaml', stringify(tree));
    watch.check();
  };
  return { files, changes, refusals, watch, write };
}

describe('a watched configuration', () => {
  it('takes over keys, pools and log level', () => {
    const { watch, write, changes } = watched();
    const pools = [{ ...TREE.pools[0], workers: ['http://a', 'http://b'] }];
    write({ ...TREE, pools, keys: [], log: { level: 'debug' } });
    expect(changes).toHaveLength(1);
    expect(changes[0]?.applied).toEqual(['keys', 'log.level', 'pools']);
    expect(changes[0]?.needsRestart).toEqual([]);
    expect(watch.current).toBe(changes[0]?.config);
    expect(watch.current).toMatchObject({ keys: [], log: { level: 'debug' } });
    expect(watch.current.pools[0]?.workers).toHaveLength(2);
  });

  it('names what needs a restart, and leaves it as it was', () => {
    const { watch, write, changes } = watched();
    const models = [{ ...TREE.models[0], servedName: 'other', maxAnswers: 2 }];
    write({ ...TREE, models, server: { port: 1 }, relay: { retries: 0 }, keys: [] });
    expect(changes[0]?.applied).toEqual(['keys']);
    expect(changes[0]?.needsRestart).toEqual(['models', 'relay.retries', 'server.port']);
    expect(watch.current).toMatchObject({ server: { port: 8080 }, relay: { retries: 2 }, keys: [] });
    expect(watch.current.pools[0]?.servedName).toBe('QwQ');
  });

  it('refuses a bad file whole, once, and keeps the old configuration', () => {
    const { watch, write, changes, refusals } = watched();
    const before = watch.current;
    write({ ...TREE, keys: [], log: { level: 'loud' } });
    watch.check();
    expect(refusals.map(({ problems }) => problems.map(problemLine))).toEqual([
      [expect.stringMatching(/^log\.level: is "loud"/)],
    ]);
    expect(changes).toEqual([]);
    expect(watch.current).toBe(before);
    write(TREE);
    expect(changes).toHaveLength(1);
  });

  it('refuses a pool of a model that is new since the start', () => {
    const { write, refusals, changes } = watched();
    const models = [...TREE.models, { id: 'b', profile: 'qwen3' }];
    write({
      ...TREE,
      models,
      pools: [...TREE.pools, { ...TREE.pools[0], name: 'b', model: 'b', workers: ['http://b'] }],
    });
    expect(refusals[0]?.problems.map(problemLine)).toEqual([
      'pools[1].model: `b` is new since the start; restart to serve another model',
    ]);
    expect(changes).toEqual([]);
  });

  it('sees a changed secret beside an unchanged file', () => {
    const { files, watch, changes } = watched();
    files.set('/c/worker-key', 'second');
    watch.check();
    expect(changes[0]?.applied).toEqual(['pools']);
    expect(watch.current.pools[0]?.apiKey).toBe('second');
  });

  it('does nothing when nothing changed, unless told to reload', () => {
    const { watch, changes } = watched();
    watch.check();
    expect(changes).toEqual([]);
    watch.reload();
    expect(changes).toMatchObject([{ applied: [], needsRestart: [] }]);
  });

  it('refuses a file that vanished and takes it again when it is back', () => {
    const { files, watch, changes, refusals, write } = watched();
    files.delete('/c/ropeway.yaml');
    watch.check();
    expect(refusals[0]?.message).toContain('cannot be read (ENOENT)');
    write({ ...TREE, keys: [] });
    expect(changes).toHaveLength(1);
    expect(watch.current.keys).toEqual([]);
  });
});

describe('a configuration watched on disk', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ropeway-watch-'));
  });
  const open: { close(): void }[] = [];
  afterEach(() => {
    for (const watch of open.splice(0)) watch.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Resolves with the next change; the poll is off, so only the file system can tell. */
  function nextChange(file: string): Promise<ConfigChange> {
    return new Promise((resolve, reject) => {
      const env = { ROPEWAY_PEPPER: PEPPER };
      open.push(watchConfig({ file, env }, { changed: resolve, refused: reject }, { pollMs: 0 }));
    });
  }

  function writeVersion(name: string, tree: object): void {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'ropeway.yaml'), stringify(tree));
    writeFileSync(join(folder, name, 'worker-key'), 'hush');
  }

  it('follows an atomic rename, as editors write', async () => {
    writeVersion('.', TREE);
    const change = nextChange(join(folder, 'ropeway.yaml'));
    writeFileSync(join(folder, 'ropeway.yaml.new'), stringify({ ...TREE, keys: [] }));
    renameSync(join(folder, 'ropeway.yaml.new'), join(folder, 'ropeway.yaml'));
    expect((await change).applied).toEqual(['keys']);
  });

  it('follows the link a ConfigMap swaps', async () => {
    writeVersion('..v1', TREE);
    symlinkSync('..v1', join(folder, '..data'));
    for (const file of ['ropeway.yaml', 'worker-key']) symlinkSync(join('..data', file), join(folder, file));
    const change = nextChange(join(folder, 'ropeway.yaml'));
    writeVersion('..v2', { ...TREE, keys: [] });
    symlinkSync('..v2', join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    expect((await change).applied).toEqual(['keys']);
  });
});
