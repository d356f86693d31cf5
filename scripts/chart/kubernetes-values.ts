// Pieces of Kubernetes objects that values hold as they are, as strict as the rest: a mistyped `nodeSelectr` in an affinity
// must not be dropped in silence.
import * as z from 'zod';

/** Every member may be left out: Helm merges what is given over the chart's defaults. */
export function part<Shape extends Readonly<Record<string, z.ZodType>>>(shape: Shape) {
  return z.strictObject(shape).partial();
}

export const text = z.string();
export const labels = z.record(text, text);
export const count = z.int().min(0).max(1_000_000);

/** As Kubernetes writes amounts: 500m, 2, 8Gi. */
export const quantity = z.union([
  z.string().regex(/^\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/),
  z.number().min(0),
]);

export const resources = part({
  requests: z.record(text, quantity).describe('What the scheduler sets aside.'),
  limits: z.record(text, quantity).describe('What it may not go beyond.'),
}).meta({ id: 'resources' });

const expression = z.strictObject({ key: text, operator: text, values: z.array(text).optional() });
const labelSelector = part({ matchLabels: labels, matchExpressions: z.array(expression) }).meta({
  id: 'labelSelector',
});

const nodeTerm = part({ matchExpressions: z.array(expression), matchFields: z.array(expression) });
const podTerm = part({
  labelSelector,
  namespaceSelector: labelSelector,
  namespaces: z.array(text),
  topologyKey: text,
  matchLabelKeys: z.array(text),
  mismatchLabelKeys: z.array(text),
});
const weight = z.int().min(1).max(100);
const podAffinity = part({
  requiredDuringSchedulingIgnoredDuringExecution: z.array(podTerm),
  preferredDuringSchedulingIgnoredDuringExecution: z.array(
    z.strictObject({ weight, podAffinityTerm: podTerm }),
  ),
});
export const affinity = part({
  nodeAffinity: part({
    requiredDuringSchedulingIgnoredDuringExecution: z.strictObject({ nodeSelectorTerms: z.array(nodeTerm) }),
    preferredDuringSchedulingIgnoredDuringExecution: z.array(
      z.strictObject({ weight, preference: nodeTerm }),
    ),
  }),
  podAffinity,
  podAntiAffinity: podAffinity,
}).meta({ id: 'affinity' });

export const tolerations = z
  .array(
    part({
      key: text,
      operator: z.enum(['Exists', 'Equal']),
      value: text,
      effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
      tolerationSeconds: z.int(),
    }),
  )
  .meta({ id: 'tolerations' });

export const topologySpreadConstraints = z
  .array(
    part({
      maxSkew: z.int().min(1),
      topologyKey: text,
      whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']),
      labelSelector,
      matchLabelKeys: z.array(text),
      minDomains: z.int().min(1),
      nodeAffinityPolicy: z.enum(['Honor', 'Ignore']),
      nodeTaintsPolicy: z.enum(['Honor', 'Ignore']),
    }),
  )
  .meta({ id: 'topologySpreadConstraints' });

const keyRef = z.strictObject({ name: text, key: text, optional: z.boolean().optional() });
export const environment = z
  .array(
    z.strictObject({
      name: text,
      value: text.optional(),
      valueFrom: part({
        secretKeyRef: keyRef,
        configMapKeyRef: keyRef,
        fieldRef: z.strictObject({ fieldPath: text, apiVersion: text.optional() }),
        resourceFieldRef: part({ resource: text, containerName: text, divisor: text }),
      }).optional(),
    }),
  )
  .meta({ id: 'environment' });

/** Who a NetworkPolicy speaks of. */
export const peers = z
  .array(
    part({
      podSelector: labelSelector,
      namespaceSelector: labelSelector,
      ipBlock: z.strictObject({ cidr: text, except: z.array(text).optional() }),
    }),
  )
  .meta({ id: 'peers' });

export const parentRefs = z.array(
  z.strictObject({
    name: text,
    namespace: text.optional(),
    sectionName: text.optional(),
    port: z.int().optional(),
    group: text.optional(),
    kind: text.optional(),
  }),
);
