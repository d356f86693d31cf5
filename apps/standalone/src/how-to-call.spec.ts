import { resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { howToCall } from './how-to-call.ts';

const shown = (controlUrl: string, adminKeyFile: string, opsUrl = 'http://127.0.0.1:9090') =>
  howToCall({
    gateway: { url: 'http://127.0.0.1:8080', opsUrl },
    controlUrl,
    key: 'rw_live_x',
    folder: { keyFile: '/state/key', adminKeyFile },
  });

it('shows a command that reaches this admin API, wherever it is', () => {
  expect(shown('http://127.0.0.1:8081', resolve('.ropeway/admin-key'))).toContain('ropeway tenant list\n');
  expect(shown('http://127.0.0.1:1', '/state/admin-key')).toContain(
    "ropeway tenant list --admin-url http://127.0.0.1:1 --admin-key-file '/state/admin-key'\n",
  );
});

it('shows where metrics are, and what watches them there', () => {
  const usual = shown('http://127.0.0.1:8081', resolve('.ropeway/admin-key'));
  expect(usual).toContain('live at http://127.0.0.1:9090/metrics\n  npm run observe   starts');
  expect(shown('http://127.0.0.1:8081', '/state/admin-key', 'http://127.0.0.1:2')).toContain(
    'npm run observe -- --ops-url http://127.0.0.1:2   starts',
  );
});

it('fits a terminal of 80 columns where the folder has a name of usual length', () => {
  const file = resolve('.ropeway/admin-key');
  const text = shown('http://127.0.0.1:8081', file).replaceAll(
    file,
    '/home/somebody/src/ropeway/.ropeway/admin-key',
  );
  expect(text.split('\n').filter((line) => line.length > 80)).toEqual([]);
});
