// How one reaches the API server, and as whom.
import { writeFileSync } from 'node:fs';

export interface Access {
  /** https origin. */
  readonly url: string;
  /** Certificate of its authority, PEM. */
  readonly authority: string;
  readonly token: string;
}

/**
 * `tokenFile`: read again and again, as a mounted token is, instead of `access.token`. It is written as the Node client writes
 * down a pod's own credentials; the key that kubectl has for it, `tokenFile`, that client does not know.
 */
export function writeKubeconfig(
  file: string,
  access: Access,
  {
    namespace = 'default',
    tokenFile = '',
  }: { readonly namespace?: string; readonly tokenFile?: string } = {},
): void {
  const authority = Buffer.from(access.authority).toString('base64');
  const mounted = { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } };
  const user = tokenFile === '' ? { token: access.token } : mounted;
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server: access.url, 'certificate-authority-data': authority } }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace } }],
  };
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
}
