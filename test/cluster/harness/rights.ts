// Rights that a release's service accounts have, and those they used: read off the Roles and off the API server's audit log.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Role, V1RoleBinding } from '@kubernetes/client-node';
import type { NamespaceUnderTest } from './namespace-under-test.ts';

const RBAC = 'apis/rbac.authorization.k8s.io/v1';

/** `gateway: list pods`; with the API's group where it has one: `pods.metrics.k8s.io`. */
export async function grantedRights({ cluster, path }: NamespaceUnderTest): Promise<ReadonlySet<string>> {
  const roles = await cluster.kube.list<V1Role>(path('/roles', RBAC));
  const bindings = await cluster.kube.list<V1RoleBinding>(path('/rolebindings', RBAC));
  const rights = new Set<string>();
  for (const { roleRef, subjects = [] } of bindings)
    for (const rule of roles.find(({ metadata }) => metadata?.name === roleRef.name)?.rules ?? [])
      for (const group of rule.apiGroups ?? [])
        for (const resource of rule.resources ?? [])
          for (const verb of rule.verbs)
            for (const { name } of subjects) rights.add(right(name, verb, resource, group));
  return rights;
}

interface UsedRights {
  readonly used: ReadonlySet<string>;
  /** Asked for and not given, with the API server's reason. */
  readonly forbidden: readonly string[];
}

export function usedRights({ cluster, namespace }: NamespaceUnderTest): UsedRights {
  const user = `system:serviceaccount:${namespace}:`;
  const events = readFileSync(join(cluster.site.folder, 'audit.log'), 'utf8')
    .split('\n')
    .filter((line) => line.includes(user))
    .map((line): AuditEvent => JSON.parse(line));
  const used = new Set<string>();
  const forbidden: string[] = [];
  for (const { user: by, verb, objectRef, responseStatus } of events) {
    const { resource = '', apiGroup = '' } = objectRef ?? {};
    const asked = right(by.username.slice(user.length), verb, resource, apiGroup);
    if (responseStatus?.code === 403) forbidden.push(`${asked}: ${responseStatus.message ?? ''}`);
    else used.add(asked);
  }
  return { used, forbidden };
}

interface AuditEvent {
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly objectRef?: { readonly resource?: string; readonly apiGroup?: string };
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
}

function right(account: string, verb: string, resource: string, group: string): string {
  return `${account.replace(/^ropeway-/, '')}: ${verb} ${resource}${group === '' ? '' : `.${group}`}`;
}
