// Credentials as kubectl and every other client find them: a kubeconfig file, or the service account of the pod we run
// in. @kubernetes/client-node reads them; all it knows is thrown away when a server did not take it.
import { accessSync, readFileSync } from 'node:fs';
import type { Agent, RequestOptions } from 'node:https';
import { dirname, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { LineCounter, parse, YAMLParseError } from 'yaml';
import type { Access, Credentials } from './credentials.ts';

class KubeConfigCredentials implements Credentials {
  readonly namespace: string | null;
  readonly #load: () => KubeConfig;
  #config: KubeConfig | null;

  /** Throws when there are none, or they cannot be read. `load` is called again after `forget`. */
  constructor(load: () => KubeConfig) {
    this.#load = load;
    this.#config = load();
    // The service account's file ends with a newline where somebody wrote it by hand.
    this.namespace =
      this.#config.getContextObject(this.#config.getCurrentContext())?.namespace?.trim() || null;
  }

  async access(): Promise<Access> {
    this.#config ??= this.#load();
    const cluster = this.#config.getCurrentCluster();
    if (cluster === null) throw new TypeError('the current context of the kubeconfig names no cluster');
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    const { ca, cert, key, servername, rejectUnauthorized, auth, headers, agent } = options;
    return {
      server: cluster.server.replace(/\/+$/, ''),
      headers: { ...plainHeaders(headers), ...basicAuth(auth) },
      tls: definedOnly({ ca, cert, key, servername, rejectUnauthorized }),
      // Its own agent keeps connections and the certificates it was made with; only a proxy needs it.
      agent: cluster.proxyUrl ? (agent as Agent) : null,
    };
  }

  forget(): void {
    this.#config = null;
  }
}

/** Where a kubeconfig file is, or null for the pod's service account. Loads the package: a second, and 85 MB. */
export async function kubeConfigCredentials(file: string | null): Promise<KubeConfigCredentials> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  return new KubeConfigCredentials(() => {
    const config = new KubeConfig();
    if (file === null) loadServiceAccount(config);
    else loadFile(config, file);
    return config;
  });
}

interface RawKubeConfig {
  readonly users?: readonly { readonly name?: unknown; readonly user?: Readonly<Record<string, unknown>> }[];
}

/** The package reads `token-file`, where kubectl writes `tokenFile`: it is given what it knows, a file that is read again. */
function loadFile(config: KubeConfig, file: string): void {
  const folder = dirname(file);
  const raw = parseYaml(file, readFileSync(file, 'utf8')) as RawKubeConfig | null;
  const users = raw?.users?.map(({ name, user = {} }) => {
    const { token, tokenFile } = user;
    if (typeof tokenFile !== 'string' || token !== undefined) return { name, user };
    const config = { tokenFile: resolve(folder, tokenFile) };
    return { name, user: { ...user, 'auth-provider': { name: 'tokenFile', config } } };
  });
  config.loadFromString(JSON.stringify({ ...raw, users }));
  config.makePathsAbsolute(folder);
}

/** The parser's own message shows the line that is wrong, which may be the one with the token: ours goes to logs and /readyz. */
function parseYaml(file: string, text: string): unknown {
  const lineCounter = new LineCounter();
  try {
    return parse(text, { prettyErrors: false, lineCounter });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const { line } = lineCounter.linePos(error.pos[0]);
    throw new TypeError(`${file} is no YAML at line ${line} (${error.code})`);
  }
}

const TOKEN_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token';

function loadServiceAccount(config: KubeConfig): void {
  config.loadFromCluster();
  // What the package makes of KUBERNETES_SERVICE_HOST that is not set.
  if (config.getCurrentCluster()?.server.includes('undefined') !== false)
    throw new TypeError('this is no pod of a cluster: name a kubeconfig file in discovery.kubeconfig');
  accessSync(TOKEN_FILE);
}

function plainHeaders(headers: RequestOptions['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name, String(value).trim()] as const),
  );
}

function basicAuth(auth: string | null | undefined): Record<string, string> {
  return auth ? { Authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
}

function definedOnly(tls: Readonly<Record<string, unknown>>): Access['tls'] {
  return Object.fromEntries(Object.entries(tls).filter(([, value]) => value != null));
}
