// As much of kube-apiserver as Secrets need, and refusals on demand, with the bodies of a real one (1.36). What a real one
// makes of it all is test/cluster's business.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Asked, type StandInServer, standInServer } from './stand-in-server.ts';

/** null: as usual. */
export type Refuse = (
  asked: Asked,
) => { readonly status: number; readonly message: string } | 'silence' | null;

export interface StandInKubernetes extends Pick<StandInServer, 'asked'> {
  /** Of an account in the namespace `main`. */
  readonly kubeconfig: string;
  /** Text by key, by name. */
  readonly secrets: Map<string, Readonly<Record<string, string>>>;
  close(): Promise<void>;
}

const PATH = /^\/api\/v1\/namespaces\/[^/]+\/secrets(?:\/([^/]+))?$/;

export async function standInKubernetes(refuse: Refuse = () => null): Promise<StandInKubernetes> {
  const secrets = new Map<string, Readonly<Record<string, string>>>();
  const server = await standInServer((asked, res) => {
    const refusal = refuse(asked);
    if (refusal === 'silence') return res.destroy();
    if (refusal !== null) return sendStatus(res, refusal.status, refusal.message);
    const name = PATH.exec(asked.url)?.[1];
    return name === undefined ? create(secrets, asked.body, res) : read(secrets, name, res);
  });
  const folder = mkdtempSync(join(tmpdir(), 'ropeway-kubeconfig-'));
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(server.url)));
  const close = async () => {
    rmSync(folder, { recursive: true });
    await server.close();
  };
  return { asked: server.asked, kubeconfig, secrets, close };
}

function create(secrets: StandInKubernetes['secrets'], body: string, res: ServerResponse): void {
  const { metadata, stringData }: { metadata: { name: string }; stringData: Record<string, string> } =
    JSON.parse(body);
  const isThere = secrets.has(metadata.name);
  if (!isThere) secrets.set(metadata.name, stringData);
  if (isThere) sendStatus(res, 409, `secrets "${metadata.name}" already exists`);
  else sendSecret(res, 201, metadata.name, stringData);
}

function read(secrets: StandInKubernetes['secrets'], name: string, res: ServerResponse): void {
  const data = secrets.get(name);
  if (data === undefined) sendStatus(res, 404, `secrets "${name}" not found`);
  else sendSecret(res, 200, name, data);
}

function sendSecret(res: ServerResponse, status: number, name: string, text: Record<string, string>): void {
  const data = Object.fromEntries(
    Object.entries(text).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  send(res, status, { kind: 'Secret', apiVersion: 'v1', metadata: { name }, data, type: 'Opaque' });
}

function sendStatus(res: ServerResponse, code: number, message: string): void {
  send(res, code, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code });
}

function send(res: ServerResponse, status: number, value: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function kubeconfigOf(server: string): unknown {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'c',
    clusters: [
      {
        name: 'c', // The client takes plain HTTP only from who says so.
        cluster: { server, 'insecure-skip-tls-verify': true },
      },
    ],
    users: [{ name: 'u', user: { token: 'token-of-the-account' } }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace: 'main' } }],
  };
}
