import { rootCertificates } from 'node:tls';
import { expect, it } from '@jest/globals';
import { aPoolDeclaration } from '../../../../libs/workers/testing/a-pool-declaration.ts';
import { authoritiesOf } from './authorities-of.ts';

const PEM = rootCertificates[0] ?? '';
const pool = (name: string, ca: string | null) => aPoolDeclaration({ name, ca });

it('names each authority the configuration or the environment gives, and no other', () => {
  const found = authoritiesOf({ pools: [pool('default', PEM), pool('plain', null)], redis: null }, PEM);
  expect(found).toEqual([
    expect.objectContaining({ certificate: 'pool-authority', pool: 'default', worker: null }),
    expect.objectContaining({ certificate: 'extra-authority', pool: null, worker: null }),
  ]);
  for (const { notBeforeMs, notAfterMs } of found) expect(notAfterMs).toBeGreaterThan(notBeforeMs);
  expect(authoritiesOf({ pools: [pool('plain', null)], redis: null }, '')).toEqual([]);
});
