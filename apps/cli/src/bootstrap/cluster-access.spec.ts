import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import { clusterAccess } from './cluster-access.ts';

const folder = mkdtempSync(join(tmpdir(), 'ropeway-cluster-access-'));
afterAll(() => rmSync(folder, { recursive: true }));

function kubeconfig(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

it('takes the namespace of the ServiceAccount in a pod, unless another is named', () => {
  const account = join(folder, 'pod/var/run/secrets/kubernetes.io/serviceaccount');
  mkdirSync(account, { recursive: true });
  writeFileSync(join(account, 'token'), 'a token');
  writeFileSync(join(account, 'namespace'), 'team-a');
  const pod = join(folder, 'pod');
  expect(clusterAccess({}, pod).namespace).toBe('team-a');
  expect(clusterAccess({ namespace: 'team-b' }, pod).namespace).toBe('team-b');
});

it('says how to give it credentials where it is in no pod', () => {
  expect(() => clusterAccess({}, join(folder, 'no-pod'))).toThrow(
    /token of a ServiceAccount .* is not there: run this in a pod .* --kubeconfig/,
  );
});

it('takes server and namespace of the current context of a kubeconfig', () => {
  const clusters = '[{ name: c, cluster: { server: "https://10.0.0.1:6443" } }]';
  const contexts = '[{ name: a, context: { cluster: c, user: u, namespace: team-a } }]';
  const whole = `{ clusters: ${clusters}, contexts: ${contexts}, users: [{ name: u, user: {} }], current-context: a }`;
  expect(clusterAccess({ kubeconfig: kubeconfig('whole', whole) })).toMatchObject({
    server: 'https://10.0.0.1:6443',
    namespace: 'team-a',
  });
});

it('sends the token of the file a kubeconfig names', async () => {
  writeFileSync(join(folder, 'token'), 'token-of-the-file');
  const clusters = '[{ name: c, cluster: { server: "https://10.0.0.1:6443" } }]';
  const contexts = '[{ name: a, context: { cluster: c, user: u } }]';
  const text = `{ clusters: ${clusters}, contexts: ${contexts}, users: [{ name: u, user: { tokenFile: token } }], current-context: a }`;
  const { config } = clusterAccess({ kubeconfig: kubeconfig('with-token-file', text) });
  const options: { headers?: Record<string, string> } = {};
  await config.applyToHTTPSOptions(options);
  expect(options.headers).toEqual({ Authorization: 'Bearer token-of-the-file' });
});

it.each([
  ['nothing-in-it', 'clusters: []', /names no cluster: set its current-context/],
  ['no-yaml', 'clusters: [', /is no kubeconfig that can be read/],
])('names the kubeconfig %s', (name, text, reason) => {
  expect(() => clusterAccess({ kubeconfig: kubeconfig(name, text) })).toThrow(reason);
});

it('names a kubeconfig that is not there', () => {
  expect(() => clusterAccess({ kubeconfig: join(folder, 'missing') })).toThrow(
    /missing is no kubeconfig .*ENOENT/,
  );
});
