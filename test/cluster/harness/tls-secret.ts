// A certificate for pods at these addresses, as a Secret of their namespace; and the authority that signed it, as a file.
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NamespaceUnderTest } from './namespace-under-test.ts';

export interface TlsSecret {
  readonly name: string;
  readonly certificate: X509Certificate;
  readonly authority: X509Certificate;
  readonly authorityFile: string;
  /** The authority's file; the Secret goes with the namespace. */
  remove(): void;
}

export async function createTlsSecret(
  { cluster, path }: NamespaceUnderTest,
  name: string,
  addresses: readonly string[],
): Promise<TlsSecret> {
  const folder = mkdtempSync(join(tmpdir(), 'ropeway-tls-'));
  const program = cluster.site.programs.path('certificates');
  const made = spawnSync(program, [folder, name, ...addresses], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`no certificates for ${name}: ${made.error ?? made.stderr}`);
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const stringData = { 'tls.crt': read('tls.crt'), 'tls.key': read('tls.key') };
  await cluster.kube.create(path('/secrets'), {
    metadata: { name },
    type: 'kubernetes.io/tls',
    stringData,
  });
  return {
    name,
    certificate: new X509Certificate(stringData['tls.crt']),
    authority: new X509Certificate(read('ca.crt')),
    authorityFile: join(folder, 'ca.crt'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
