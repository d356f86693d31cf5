// Settings of the scaler, which tells KEDA how many workers each pool needs.
import * as z from 'zod';

const file = z.string().min(1);

/** An origin: the path that is asked is ours. */
const gatewayUrl = z.string().refine((text) => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`;
}, 'must be an origin such as http://10.0.0.7:9090, without path or credentials');

const gatewaySettings = z.strictObject({
  selector: z
    .string()
    .min(1)
    .default('app.kubernetes.io/component=gateway')
    .describe('Label selector of the pods of gateways, in the namespace of `discovery`.'),
  port: z.int().min(1).max(65_535).default(9090).describe('Their ops port, which answers `/demand`.'),
  urls: z
    .array(gatewayUrl)
    .default([])
    .describe('Origins of their ops ports, instead of looking for pods: outside Kubernetes.'),
});

const tlsSettings = z.strictObject({
  certFile: file.describe('PEM of the certificate KEDA is shown, with its chain.'),
  keyFile: file.describe('PEM of its private key.'),
  clientCaFile: file
    .nullable()
    .default(null)
    .describe("PEM of the authority KEDA's certificate must be of; null asks KEDA for none."),
});

export const scalerSettings = z.strictObject({
  host: z.string().min(1).default('0.0.0.0').describe('Address KEDA asks, over gRPC.'),
  port: z.int().min(0).max(65_535).default(9091).describe('Port KEDA asks; 0 takes a free one.'),
  gateways: gatewaySettings.prefault({}).describe('Where the gateways are.'),
  pollMs: z.int().min(50).max(10_000).default(500).describe('Pace at which each gateway is asked.'),
  silentMs: z
    .int()
    .min(200)
    .max(600_000)
    .default(5_000)
    .describe('A gateway that does not answer is counted with its last answer for so long, then not at all.'),
  targetTokens: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .default(60_000)
    .describe(
      "Prompt tokens a worker should have before it, waiting or in prefill: tokens a second it prefills, times the wait you accept. A trigger's metadata may say otherwise.",
    ),
  targetKvUsage: z
    .number()
    .min(0.01)
    .max(1)
    .default(0.8)
    .describe("Share of its KV cache a worker should use. A trigger's metadata may say otherwise."),
  tls: tlsSettings
    .nullable()
    .default(null)
    .describe('Certificates of the gRPC port, read again when they change; null speaks plain text.'),
});
