// The gRPC port with certificates: who may ask, and that a renewed certificate is taken over.
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { credentials } from '@grpc/grpc-js';
import { afterAll, afterEach, expect, it } from '@jest/globals';
import { TlsFiles } from '../src/grpc/tls-files.ts';
import type { Metadata } from './keda-client.ts';
import { aClient, aScaler, closeAll } from './scaler-under-test.ts';
import { AUTHORITY, KEDA, RENEWED, SERVER, STRANGER } from './tls-identities.ts';

const folder = mkdtempSync(join(tmpdir(), 'ropeway-scaler-tls-'));
afterEach(closeAll);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const YARN: Metadata = { pool: 'yarn-4' };
const tls = {
  certFile: join(folder, 'tls.crt'),
  keyFile: join(folder, 'tls.key'),
  clientCaFile: join(folder, 'ca.crt'),
};

function put({ cert, key }: typeof SERVER): void {
  writeFileSync(tls.certFile, cert);
  writeFileSync(tls.keyFile, key);
  writeFileSync(tls.clientCaFile, AUTHORITY);
}

/** A client that trusts the authority and shows this identity. */
function clientWith(port: number, identity: typeof KEDA | null) {
  const [key, cert] =
    identity === null ? [null, null] : [Buffer.from(identity.key), Buffer.from(identity.cert)];
  return aClient(port, credentials.createSsl(Buffer.from(AUTHORITY), key, cert));
}

it('answers who shows a certificate of the authority, and nobody else', async () => {
  put(SERVER);
  const { scaler, keda: plain } = await aScaler({ tls });
  expect(await clientWith(scaler.grpcPort, KEDA).metricSpecs(YARN)).toHaveLength(2);
  for (const client of [clientWith(scaler.grpcPort, null), clientWith(scaler.grpcPort, STRANGER), plain]) {
    expect((await client.refusal(client.metricSpecs(YARN)))[0]).toMatch(/UNAVAILABLE|DEADLINE_EXCEEDED/);
  }
});

it('asks for no certificate unless told which authority to trust', async () => {
  put(SERVER);
  const { scaler } = await aScaler({ tls: { ...tls, clientCaFile: null } });
  expect(await clientWith(scaler.grpcPort, null).metricSpecs(YARN)).toHaveLength(2);
});

it('takes over a renewed certificate, and keeps the old one while the files do not belong together', async () => {
  put(SERVER);
  const endOf = ({ cert }: { readonly cert: string }) => new X509Certificate(cert).validToDate.getTime();
  const said: string[] = [];
  const files = new TlsFiles(tls, { renewed: () => said.push('renewed'), refused: (why) => said.push(why) });
  expect(files.reading()).toMatchObject([
    { certificate: 'scaler', notAfterMs: endOf(SERVER) },
    { certificate: 'keda-authority', notAfterMs: endOf({ cert: AUTHORITY }) },
  ]);
  const identities: unknown[] = [];
  files.addIdentityCertificateListener((update) => identities.push(update?.certificate.toString()));
  writeFileSync(tls.certFile, RENEWED.cert);
  files.look();
  files.look();
  expect(said).toEqual([expect.stringContaining('belong together')]);
  expect(identities).toEqual([]);
  writeFileSync(tls.keyFile, RENEWED.key);
  files.look();
  expect([said.at(-1), identities]).toEqual(['renewed', [RENEWED.cert]]);
  expect(files.reading()[0]).toMatchObject({ notAfterMs: endOf(RENEWED) });
});

it('shows a renewed certificate to the next connection', async () => {
  put(SERVER);
  const { scaler } = await aScaler({ tls });
  expect(await subjectAt(scaler.grpcPort)).toBe('scaler');
  put(RENEWED);
  scaler.readCertificates();
  expect(await subjectAt(scaler.grpcPort)).toBe('scaler, renewed');
});

it.each([
  ['a missing file', () => rmSync(tls.keyFile), /^scaler\.tls\.keyFile: cannot read .*\(ENOENT\)/],
  [
    'a key of another certificate',
    () => writeFileSync(tls.keyFile, KEDA.key),
    /^scaler\.tls: .*belong together/,
  ],
  ['no PEM', () => writeFileSync(tls.certFile, 'hello'), /^scaler\.tls: /],
])('does not start with %s, and says which setting', async (_, spoil, sentence) => {
  put(SERVER);
  spoil();
  await expect(aScaler({ tls })).rejects.toThrow(sentence);
});

/** Whose certificate is shown there. */
function subjectAt(port: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      port,
      host: 'localhost',
      ca: AUTHORITY,
      cert: KEDA.cert,
      key: KEDA.key,
      ALPNProtocols: ['h2'],
    });
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const { subject } = socket.getPeerCertificate();
      socket.destroy();
      resolve([subject.CN].flat()[0]);
    });
  });
}
