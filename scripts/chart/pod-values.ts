// What values of the chart say in more than one place: of pods, of their images and Secrets, of times.
import * as z from 'zod';
import {
  affinity,
  environment,
  labels,
  part,
  text,
  tolerations,
  topologySpreadConstraints,
} from './kubernetes-values.ts';

export const seconds = z.int().min(0).max(86_400);
export const period = z.int().min(1).max(3_600);
export const port = z.int().min(1).max(65_535);

export const image = part({
  repository: text.min(1).describe('Without tag.'),
  tag: text.describe('Empty: the one that fits.'),
  digest: text.regex(/^(sha256:[0-9a-f]{64})?$/).describe('sha256:…; wins over the tag.'),
  pullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).describe('When the image is fetched.'),
}).meta({ id: 'image' });
export const secretKey = (about: string) =>
  part({ name: text.describe(about), key: text.min(1).describe('Its key in the Secret.') });
export const budget = part({ enabled: z.boolean().describe('With two replicas or more.') });

export const scheduling = {
  nodeSelector: labels.describe('Labels its nodes must have.'),
  tolerations: tolerations.describe('Taints it may run on.'),
  affinity: affinity.describe('As in a pod.'),
  topologySpreadConstraints: topologySpreadConstraints.describe(
    'As in a pod. Empty: spread where it can be had.',
  ),
  priorityClassName: text.describe('Empty: that of `priorityClasses`, or none.'),
  podAnnotations: labels.describe('Further annotations of its pods.'),
  podLabels: labels.describe('Further labels of its pods.'),
  extraEnv: environment.describe('Further environment variables, as in a container.'),
};
