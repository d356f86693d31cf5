// What a control plane is built of: which package of which Go module becomes which program, and whose CRDs it gets.
import { join } from 'node:path';

export const MODULES = join(import.meta.dirname, '..', 'modules');

export interface ProgramRecipe {
  readonly name: string;
  /** Folder under `modules`. */
  readonly module: 'kube' | 'keda';
  readonly package: string;
}

export const PROGRAMS = [
  { name: 'certificates', module: 'kube', package: './cmd/certificates' },
  { name: 'etcd', module: 'kube', package: './cmd/etcd' },
  { name: 'kube-apiserver', module: 'kube', package: './cmd/kube-apiserver' },
  { name: 'kube-controller-manager', module: 'kube', package: './cmd/kube-controller-manager' },
  { name: 'kube-scheduler', module: 'kube', package: './cmd/kube-scheduler' },
  { name: 'kwok', module: 'kube', package: 'sigs.k8s.io/kwok/cmd/kwok' },
  { name: 'keda-operator', module: 'keda', package: 'github.com/kedacore/keda/v2/cmd/operator' },
  { name: 'keda-adapter', module: 'keda', package: 'github.com/kedacore/keda/v2/cmd/adapter' },
] as const satisfies readonly ProgramRecipe[];

export type ProgramName = (typeof PROGRAMS)[number]['name'];

interface DefinitionsRecipe {
  readonly module: 'keda' | 'crds';
  /** Go module that has them among its files. */
  readonly of: string;
  readonly folder: string;
}

export const DEFINITIONS: readonly DefinitionsRecipe[] = [
  { module: 'keda', of: 'github.com/kedacore/keda/v2', folder: 'config/crd/bases' },
  { module: 'crds', of: 'sigs.k8s.io/gateway-api', folder: 'config/crd/standard' },
  { module: 'crds', of: 'sigs.k8s.io/gateway-api-inference-extension', folder: 'config/crd/bases' },
  {
    module: 'crds',
    of: 'github.com/prometheus-operator/prometheus-operator',
    folder: 'example/prometheus-operator-crd',
  },
];
