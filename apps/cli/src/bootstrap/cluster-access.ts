// Which API server, as whom, and in which namespace: the pod's own, or what a kubeconfig says.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { parse } from 'yaml';
import * as z from 'zod';
import { reasonText } from '../doctor/reason-text.ts';
import { whyNot } from '../read-text-file.ts';
import { CommandFailed } from '../terminal.ts';

export interface ClusterAccess {
  readonly config: KubeConfig;
  /** Address of the API server. */
  readonly server: string;
  readonly namespace: string;
}

export interface ClusterChoice {
  /** Default: the ServiceAccount of this pod. */
  readonly kubeconfig?: string;
  readonly namespace?: string;
}

/** Where Kubernetes mounts the credentials of a pod's ServiceAccount. */
const POD_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** `podRoot` stands before the paths of a pod, for tests. */
export function clusterAccess({ kubeconfig, namespace }: ClusterChoice, podRoot = ''): ClusterAccess {
  const config = kubeconfig === undefined ? ofThisPod(podRoot) : ofFile(kubeconfig);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined)
    throw new CommandFailed(`${kubeconfig ?? 'the pod'} names no cluster: set its current-context`);
  const own = config.getContextObject(config.getCurrentContext())?.namespace?.trim();
  return { config, server, namespace: namespace ?? (own || 'default') };
}

function ofFile(file: string): KubeConfig {
  const config = new KubeConfig();
  try {
    const { users, ...rest } = kubeconfigFile.parse(parse(readFileSync(file, 'utf8')));
    config.loadFromString(
      JSON.stringify({ ...rest, users: users.map((each) => withTokenFile(each, dirname(file))) }),
    );
    config.makePathsAbsolute(dirname(file));
  } catch (error) {
    throw new CommandFailed(`${file} is no kubeconfig that can be read: ${reasonText(error)}`);
  }
  return config;
}

const namedUser = z.looseObject({ name: z.string(), user: z.looseObject({}).nullish() });
const kubeconfigFile = z.looseObject({ users: z.array(namedUser).default([]) });

/** The package reads `token-file`, where kubectl writes `tokenFile`: it is told in the way it knows. */
function withTokenFile({ name, user }: z.output<typeof namedUser>, folder: string) {
  const { tokenFile, token } = user ?? {};
  if (typeof tokenFile !== 'string' || token !== undefined) return { name, user: user ?? {} };
  const config = { tokenFile: resolve(folder, tokenFile) };
  return { name, user: { ...user, 'auth-provider': { name: 'tokenFile', config } } };
}

function ofThisPod(root: string): KubeConfig {
  try {
    readFileSync(`${root}${POD_TOKEN}`);
  } catch (error) {
    throw new CommandFailed(
      `the token of a ServiceAccount ${POD_TOKEN} ${whyNot(error)}: run this in a pod that mounts one (automountServiceAccountToken), or name a --kubeconfig`,
    );
  }
  const config = new KubeConfig();
  config.loadFromCluster(root);
  return config;
}
