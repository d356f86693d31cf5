// A gateway outside the chart that finds its workers in a namespace, with no more rights than it needs: for tests of who is
// found, and how soon.
import { makeKey } from '../../e2e/harness/keys.ts';
import { type RunningGateway, startGatewayProcess } from '../../servers/start-gateway-process.ts';
import type { NamespaceUnderTest } from './namespace-under-test.ts';
import { READS_PODS, type Rule, TestServiceAccount } from './service-account.ts';

interface NotReadyWorker {
  readonly worker: string;
  readonly pod?: string;
  readonly pool: string;
  readonly state: string;
  readonly reason: string | null;
}

interface Readiness {
  readonly workers: {
    readonly total: number;
    readonly ready: number;
    readonly not_ready: readonly NotReadyWorker[];
  };
  /** Pods of no pool, by name, with a sentence. */
  readonly discovery?: { readonly ignored?: unknown };
}

export interface GatewayInCluster {
  readonly gateway: RunningGateway;
  readonly door: { readonly url: string; readonly key: string };
  readonly account: TestServiceAccount;
  readiness(): Promise<Readiness>;
}

const MODEL = { id: 'qwq-32b', profile: 'qwq', servedName: 'QwQ-32B' };

interface GatewayTerms {
  /** Sections of the configuration. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Further members of every pool. */
  readonly pool?: Readonly<Record<string, unknown>>;
  /** Members of `discovery`; default: pods by the usual label. */
  readonly discovery?: Readonly<Record<string, unknown>>;
  /** What its service account may; default: list and watch pods. */
  readonly rules?: readonly Rule[];
}

export async function startGatewayIn(
  { cluster, namespace }: NamespaceUnderTest,
  {
    settings = {},
    pool: members = {},
    discovery = { mode: 'pods' },
    rules = [READS_PODS],
  }: GatewayTerms = {},
): Promise<GatewayInCluster> {
  const key = makeKey();
  const account = await TestServiceAccount.make(cluster, namespace, 'gateway', rules);
  const pool = { model: MODEL.id, rope: { type: 'default' }, windowTokens: 8_192, ...members };
  const yarn = { model: MODEL.id, rope: { type: 'yarn', factor: 4 }, windowTokens: 32_768, ...members };
  const gateway = await startGatewayProcess({
    settings: {
      workers: { compareCounts: false },
      models: [MODEL],
      pools: [
        { name: 'default', ...pool },
        { name: 'yarn-4', ...yarn },
      ],
      keys: [key.declaration],
      discovery: { kubeconfig: account.kubeconfig, ...discovery },
      ...settings,
    },
  });
  const readiness = async () => (await (await fetch(`${gateway.opsUrl}/readyz`)).json()) as Readiness;
  return { gateway, door: { url: gateway.url, key: key.text }, account, readiness };
}
