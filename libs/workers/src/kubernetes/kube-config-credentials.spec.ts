// The one spec here that loads the package.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { kubeConfigCredentials } from './kube-config-credentials.ts';

const folder = mkdtempSync(join(tmpdir(), 'ropeway-kubeconfig-'));
const file = join(folder, 'config');
const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

function aKubeConfig(user: string, cluster = ''): string {
  return `
apiVersion: v1
kind: Config
current-context: here
clusters: [{ name: c, cluster: { server: "https://10.96.0.1:6443/base/", certificate-authority: ca.crt${cluster} } }]
users: [{ name: u, user: ${user} }]
contexts: [{ name: here, context: { cluster: c, user: u, namespace: ropeway } }]
`;
}

beforeAll(() => write('ca.crt', 'CA'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('KubeConfigCredentials', () => {
  it('says where the server is, whom to trust and who we are', async () => {
    write('config', aKubeConfig('{ token: secret }'));
    const credentials = await kubeConfigCredentials(file);
    expect(credentials.namespace).toBe('ropeway');
    await expect(credentials.access()).resolves.toEqual({
      server: 'https://10.96.0.1:6443/base',
      headers: { Authorization: 'Bearer secret' },
      tls: { ca: Buffer.from('CA') },
      agent: null,
    });
  });

  it('reads a token file anew once it was not taken', async () => {
    write('token', 'first\n');
    write('config', aKubeConfig('{ tokenFile: token }'));
    const credentials = await kubeConfigCredentials(file);
    const authorization = async () => (await credentials.access()).headers.Authorization;
    await expect(authorization()).resolves.toBe('Bearer first');
    write('token', 'second\n');
    await expect(authorization()).resolves.toBe('Bearer first');
    credentials.forget();
    await expect(authorization()).resolves.toBe('Bearer second');
  });

  it('rejects, and does not throw at its maker, when the file is bad later', async () => {
    write('config', aKubeConfig('{ token: secret }'));
    const credentials = await kubeConfigCredentials(file);
    write('config', 'current-context: nowhere');
    credentials.forget();
    await expect(credentials.access()).rejects.toThrow('names no cluster');
    credentials.forget();
    write('config', aKubeConfig('{ token: other }'));
    await expect(credentials.access()).resolves.toMatchObject({ headers: { Authorization: 'Bearer other' } });
  });

  it('says where the file is no YAML, and not what stands there: it may be a token', async () => {
    write('config', 'users:\n- name: u\n  user: { token: secret-one: }x }\n');
    const failed = kubeConfigCredentials(file);
    await expect(failed).rejects.toThrow(/config is no YAML at line \d/);
    await expect(failed).rejects.not.toThrow('secret-one');
  });

  it('goes through a proxy where the kubeconfig names one', async () => {
    write('config', aKubeConfig('{ token: secret }', ', proxy-url: "http://127.0.0.1:3128"'));
    const { agent } = await (await kubeConfigCredentials(file)).access();
    expect(agent).not.toBeNull();
  });

  it('says what to do where there is neither a file nor a service account', async () => {
    await expect(kubeConfigCredentials(join(folder, 'missing'))).rejects.toThrow('ENOENT');
    await expect(kubeConfigCredentials(null)).rejects.toThrow('discovery.kubeconfig');
  });
});
