import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { newTestDatabase, type TestDatabase } from '../../../../test/servers/shared-servers.ts';
import { type Refuse, type StandInKubernetes, standInKubernetes } from '../testing/stand-in-kubernetes.ts';
import { ran } from '../testing/test-terminal.ts';

let database: TestDatabase;
let cluster: StandInKubernetes;
beforeAll(async () => {
  database = await newTestDatabase();
});
afterAll(() => database.drop());
afterEach(() => cluster?.close());

async function bootstrap(refuse: Refuse, ...options: string[]) {
  cluster = await standInKubernetes(refuse);
  return again(...options);
}

function again(...options: string[]) {
  const env = { ROPEWAY_DATABASE_URL: database.url };
  return ran(['bootstrap', '--kubeconfig', cluster.kubeconfig, '--wait', '0', ...options], { env });
}

/** As kube-apiserver words it. */
const forbidden = (verb: string) =>
  `secrets is forbidden: User "system:serviceaccount:main:bootstrap" cannot ${verb} resource "secrets" in API group "" in the namespace "main"`;

describe('ropeway bootstrap', () => {
  it('migrates, makes three Secrets with its labels, and shows none of them', async () => {
    const { code, out, err } = await bootstrap(() => null, '--label', 'app.kubernetes.io/instance=main');
    expect([code, err]).toEqual([0, '']);
    expect([...cluster.secrets.keys()]).toEqual(['ropeway-pepper', 'ropeway-admin', 'ropeway-key']);
    for (const data of cluster.secrets.values())
      for (const value of Object.values(data)) expect(out).not.toContain(value);
    expect(out).toMatch(/^schema 1: first tables/);
    expect(out).toMatch(/^key \w{12}, Secret ropeway-key \(api-key\): made$/m);
    const made = cluster.asked.filter(({ method }) => method === 'POST');
    expect(made).toHaveLength(3);
    for (const { url, headers, body } of made) {
      expect([url, headers.authorization]).toEqual([
        '/api/v1/namespaces/main/secrets',
        'Bearer token-of-the-account',
      ]);
      expect(JSON.parse(body).metadata.labels).toEqual({
        'app.kubernetes.io/name': 'ropeway',
        'app.kubernetes.io/managed-by': 'ropeway-bootstrap',
        'app.kubernetes.io/instance': 'main',
      });
    }
    const second = await again('--json');
    expect(JSON.parse(second.out)).toMatchObject({
      schema: { applied: [] },
      pepper: { secret: 'ropeway-pepper', made: false },
      admin: { secret: 'ropeway-admin', made: false },
      tenant: { id: 'default', made: false },
      key: { secret: 'ropeway-key', state: 'active', made: false },
      otherKeys: [],
    });
  });

  it('asks for nothing but to read and to create Secrets of its namespace', async () => {
    const other = await newTestDatabase();
    cluster = await standInKubernetes();
    const env = { ROPEWAY_DATABASE_URL: other.url };
    const names = [
      '--pepper-secret',
      'p',
      '--admin-secret',
      'a',
      '--key-secret',
      'k',
      '--namespace',
      'other',
    ];
    expect(await ran(['bootstrap', '--kubeconfig', cluster.kubeconfig, ...names], { env })).toMatchObject({
      code: 0,
    });
    const asked = cluster.asked.map(({ method, url }) => `${method} ${url}`);
    const secrets = '/api/v1/namespaces/other/secrets';
    expect([...new Set(asked)].sort()).toEqual([
      `GET ${secrets}/a`,
      `GET ${secrets}/k`,
      `GET ${secrets}/p`,
      `POST ${secrets}`,
    ]);
    await other.drop();
  });

  it.each([
    ['GET', 403, forbidden('get'), /may not get the Secret ropeway-pepper: give .* verb "get" on "secrets"/],
    ['POST', 403, forbidden('create'), /in the namespace main with the verb "create" on "secrets"/],
    ['POST', 403, 'exceeded quota: secrets, limited: count/secrets=1', /\(403\): exceeded quota/],
    ['GET', 401, 'Unauthorized', /does not take the credentials/],
    ['POST', 404, 'namespaces "main" not found', /there is no namespace main/],
    ['POST', 422, 'Secret "X" is invalid', /\(422\): Secret "X" is invalid/],
    ['GET', 503, 'etcd has no leader', /\(503\): etcd has no leader/],
  ])('says in one line what to change when %s gets %i: %s', async (method, status, message, line) => {
    const refuse: Refuse = (asked) => (asked.method === method ? { status, message } : null);
    const other = await newTestDatabase();
    cluster = await standInKubernetes(refuse);
    const env = { ROPEWAY_DATABASE_URL: other.url };
    const { code, out, err } = await ran(
      ['bootstrap', '--kubeconfig', cluster.kubeconfig, '--wait', '0', '--json'],
      { env },
    );
    await other.drop();
    expect([code, out, err.split('\n')]).toEqual([1, '', [expect.stringMatching(line)]]);
  });

  it('asks an API server again that is away for a while, and takes back nothing it did before', async () => {
    let refusals = 0;
    // The answer to the first Secret it makes gets lost.
    const lost: Refuse = ({ method, body }) => {
      if (method !== 'POST' || refusals > 0) return null;
      refusals++;
      cluster.secrets.set('ropeway-pepper', JSON.parse(body).stringData);
      return 'silence';
    };
    const other = await newTestDatabase();
    cluster = await standInKubernetes(lost);
    const env = { ROPEWAY_DATABASE_URL: other.url };
    const { code, err } = await ran(['bootstrap', '--kubeconfig', cluster.kubeconfig, '--wait', '60s'], {
      env,
    });
    await other.drop();
    expect([code, err, refusals, cluster.secrets.size]).toEqual([0, '', 1, 3]);
  });

  it('touches no database when it may not read the Secrets', async () => {
    const refuse: Refuse = () => ({ status: 403, message: forbidden('get') });
    cluster = await standInKubernetes(refuse);
    const env = { ROPEWAY_DATABASE_URL: 'postgres://user:hidden@127.0.0.1:9/ropeway' };
    const { code, err } = await ran(['bootstrap', '--kubeconfig', cluster.kubeconfig], { env });
    expect([code, err]).toEqual([1, expect.stringMatching(/^may not get/)]);
  });

  it('says that the API server or the database does not answer', async () => {
    cluster = await standInKubernetes(() => 'silence');
    expect(await again()).toMatchObject({
      code: 1,
      err: expect.stringMatching(/API server of Kubernetes does not answer: .*--wait 5m/),
    });
    await cluster.close();
    cluster = await standInKubernetes();
    const env = { ROPEWAY_DATABASE_URL: 'postgres://user:hidden@127.0.0.1:9/ropeway' };
    const args = ['bootstrap', '--kubeconfig', cluster.kubeconfig, '--wait', '0'];
    expect(await ran(args, { env })).toMatchObject({
      code: 1,
      err: expect.stringMatching(/127.0.0.1:9\/ropeway does not answer/),
    });
    expect(cluster.secrets.size).toBe(0);
  });

  it('refuses what is no label', async () => {
    cluster = await standInKubernetes();
    expect(await again('--label', 'nonsense')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/name=value/),
    });
  });
});
