import { resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { howToCall } from './how-to-call.ts';

const shown = (controlUrl: string, adminKeyFile: string) =>
  howToCall({
    gateway: { url: 'http://127.0.0.1:8080', opsUrl: 'http://127.0.0.1:9090' },
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
