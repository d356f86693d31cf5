// Secrets through the API of Kubernetes. Two verbs on one resource, `get` and `create`: all the RBAC a bootstrap is given.
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CoreV1Api,
  createConfiguration,
  type RequestContext,
  type ResponseContext,
  ServerConfiguration,
} from '@kubernetes/client-node';
import type { ClusterAccess } from './cluster-access.ts';
import { explainRefusal, passesByItself, statusOf } from './explain-refusal.ts';
import type { SecretData, SecretStore } from './secret-store.ts';

interface KubernetesSecretsTerms {
  /** Put on what is made, so that people find it. */
  readonly labels: Readonly<Record<string, string>>;
  /** An API server that is away, or too busy, is asked again for so long. */
  readonly waitMs: number;
}

/** kube-apiserver ends a request of its own after 60 s; a node of the network that swallows it says nothing at all. */
const REQUEST_MS = 15_000;
const ASK_AGAIN_MS = 1_000;

export class KubernetesSecrets implements SecretStore {
  readonly #api: CoreV1Api;
  readonly #namespace: string;
  readonly #terms: KubernetesSecretsTerms;

  constructor({ config, server, namespace }: ClusterAccess, terms: KubernetesSecretsTerms) {
    this.#namespace = namespace;
    this.#terms = terms;
    const deadline = {
      pre: async (context: RequestContext) => {
        context.setSignal(AbortSignal.timeout(REQUEST_MS));
        return context;
      },
      post: async (context: ResponseContext) => context,
    };
    this.#api = new CoreV1Api(
      createConfiguration({
        baseServer: new ServerConfiguration(server, {}),
        authMethods: { default: config },
        promiseMiddleware: [deadline],
      }),
    );
  }

  async read(name: string): Promise<SecretData | null> {
    const secret = await this.#ask({ verb: 'get', name }, [404], () =>
      this.#api.readNamespacedSecret({ namespace: this.#namespace, name }),
    );
    if (secret === null) return null;
    return Object.fromEntries(
      Object.entries(secret.data ?? {}).map(([key, value]) => [key, fromBase64(value)]),
    );
  }

  async create(name: string, data: SecretData): Promise<boolean> {
    const body = {
      metadata: { name, labels: { ...this.#terms.labels } },
      type: 'Opaque',
      stringData: { ...data },
    };
    const made = await this.#ask({ verb: 'create', name }, [409], () =>
      this.#api.createNamespacedSecret({ namespace: this.#namespace, body }),
    );
    return made !== null;
  }

  /** null for an expected refusal. */
  async #ask<T>(
    asked: { readonly verb: 'get' | 'create'; readonly name: string },
    expected: readonly number[],
    request: () => Promise<T>,
  ): Promise<T | null> {
    const untilMs = performance.now() + this.#terms.waitMs;
    for (;;) {
      try {
        return await request();
      } catch (error) {
        const status = statusOf(error);
        if (status !== null && expected.includes(status)) return null;
        if (!passesByItself(error) || performance.now() >= untilMs)
          throw explainRefusal(error, { ...asked, namespace: this.#namespace });
        await sleep(ASK_AGAIN_MS);
      }
    }
  }
}

function fromBase64(value: string): string {
  return Buffer.from(value, 'base64').toString('utf8');
}
