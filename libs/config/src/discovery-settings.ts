// Settings of finding workers in Kubernetes.
import * as z from 'zod';

const limitMs = z.int().min(1_000).max(600_000);

export const discoverySettings = z.strictObject({
  mode: z
    .enum(['static', 'pods', 'endpointslices', 'inferencepool'])
    .default('static')
    .describe(
      'How workers are found: named in `pools[].workers`; pods by their labels; endpoints of a Service a pool; pods of InferencePools.',
    ),
  namespace: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("Namespace looked at. Default: the service account's, or that of the kubeconfig's context."),
  kubeconfig: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe('A kubeconfig file. Default: the service account of the pod the gateway runs in.'),
  selector: z
    .string()
    .min(1)
    .default('app.kubernetes.io/component=worker')
    .describe('Label selector of worker pods (mode `pods`).'),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .default(8000)
    .describe('Port of the workers, where neither an EndpointSlice nor an InferencePool says it.'),
  scheme: z.enum(['http', 'https']).default('http').describe('How workers are spoken to.'),
  inferencePools: z
    .array(z.string().min(1))
    .default([])
    .describe('InferencePools looked at, by name (mode `inferencepool`); empty: all of the namespace.'),
  watchMs: limitMs
    .default(30_000)
    .describe(
      'A watch is opened anew after this; an API server that hangs or falls silent is found out by then.',
    ),
  answerMs: limitMs
    .default(10_000)
    .describe('The API server gets this long for a page of a list, or for the beginning of a watch.'),
});
