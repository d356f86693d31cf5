// Settings of one pool: workers of one model started with one rope and one window.
import * as z from 'zod';
import { variableName } from './variable-name.ts';

const tokens = z.int().min(16).max(16_777_216);

const rope = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('default').describe('No scaling.') }),
  z.strictObject({
    type: z.literal('yarn').describe('Static YaRN, as vLLM applies it: to every request of the pool.'),
    factor: z.number().gt(1).max(64).describe('Scaling factor the workers were started with.'),
    originalMaxPosition: tokens
      .optional()
      .describe("`original_max_position_embeddings` given to vLLM. Default: the profile's."),
  }),
]);

/** An origin without path, query or credentials: what is appended to it is ours. */
const workerUrl = z
  .string()
  .refine(isOrigin, 'must be an origin such as http://10.0.0.7:8000, without path or credentials');

export const poolSettings = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9 and -')
    .describe('Name in headers, metrics and `x-ropeway-pool`.'),
  model: z.string().min(1).describe('Id of one of `models`.'),
  rope: rope.describe('`{type: default}`, or `{type: yarn, factor: 4}`: how the workers were started.'),
  windowTokens: tokens.describe(
    "The workers' `--max-model-len`; a worker that shows another is quarantined.",
  ),
  allowNativeWindow: z
    .boolean()
    .default(false)
    .describe(
      "Accept a window above the profile's without YaRN: the checkpoint's own config.json allows it.",
    ),
  kvTokensPerWorker: tokens
    .optional()
    .describe(
      'KV-cache tokens of a worker whose metrics do not say. Default: `windowTokens`, the least vLLM starts with.',
    ),
  tokenWeight: z
    .number()
    .min(0.001)
    .max(1_000)
    .default(1)
    .describe('What a token of this pool counts in token limits and budgets; long windows are dear.'),
  workers: z
    .array(workerUrl)
    .default([])
    .describe(
      'Origins of the vLLM servers, as in `http://10.0.0.7:8000`; empty where `discovery` finds them.',
    ),
  service: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Kubernetes Service whose endpoints are the workers (`discovery.mode: endpointslices`). Default: the pool's name.",
    ),
  apiKey: z
    .string()
    .min(1)
    .optional()
    .describe("Secret. The workers' own key (vLLM's `--api-key`); better one of the next two."),
  apiKeyFile: z.string().min(1).optional().describe('File that holds it.'),
  apiKeyEnv: variableName.optional().describe('Environment variable that holds it.'),
  caFile: z
    .string()
    .min(1)
    .optional()
    .describe("PEM of the authority that signed the workers' certificates. Default: the system's."),
});

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false;
  return (
    url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  );
}
