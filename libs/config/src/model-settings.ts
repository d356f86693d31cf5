// Settings of one model: what it is called, how it is counted, how its requests are placed.
import * as z from 'zod';

/** What may stand in a path, a header and a metric label; `/` and `:` as in `Qwen/QwQ-32B` and `qwq:32b`. */
const modelName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,127}$/,
    'must be 1 to 128 letters, digits or . _ : / @ -, the first a letter or digit',
  );

export const modelSettings = z.strictObject({
  id: modelName.describe('Name in `/v1/models`.'),
  aliases: z
    .array(modelName)
    .default([])
    .describe('Other names clients may use; the answer names the one they used.'),
  profile: z
    .enum(['qwq', 'qwen2.5', 'qwen3'])
    .optional()
    .describe('Chat template and facts of the family. Needed unless `counting: worker`.'),
  servedName: modelName
    .optional()
    .describe("Name the workers serve it under (vLLM's `--served-model-name`). Default: `id`."),
  counting: z
    .enum(['exact', 'worker'])
    .default('exact')
    .describe(
      "`exact` counts here; `worker` asks a worker's `/tokenize` for each request, which is slow, and works with any tokenizer.",
    ),
  vocabulary: z
    .union(
      [
        z.literal('embedded'),
        z.strictObject({
          path: z
            .string()
            .min(1)
            .describe(
              'A `tokenizer.json` of the Qwen family. One of another structure stops the boot: then `counting: worker`, without `vocabulary`.',
            ),
        }),
      ],
      {
        error: 'must be `embedded` or `{path: FILE}`',
      },
    )
    .default('embedded')
    .describe("`embedded`, or `{path: FILE}` naming the served model's `tokenizer.json`."),
  assumedOutputTokens: z
    .int()
    .min(1)
    .max(1_048_576)
    .default(8_192)
    .describe('Output assumed of a chat that states none. It only places; it is never sent.'),
  overBudget: z
    .enum(['refuse', 'clip'])
    .default('refuse')
    .describe('A stated output that fits no window: `refuse` it (400), or `clip` it and say so.'),
  spill: z
    .strictObject({ afterMs: z.int().min(0).max(3_600_000).describe('Wait before going up one factor.') })
    .nullable()
    .default(null)
    .describe('`{afterMs: 2000}` goes up one rope factor when the fitting pools stay full; null waits.'),
  cacheSalt: z
    .enum(['none', 'tenant'])
    .default('none')
    .describe(
      "`tenant` sends each tenant's requests with a `cache_salt` of its own: no tenant can tell from timing what another has sent, and none shares another's prefix cache.",
    ),
  maxAnswers: z.int().min(1).max(1_024).default(8).describe('Largest `n` a request may ask.'),
  fullQueuedTokens: z
    .int()
    .min(1)
    .max(16_777_216)
    .default(16_384)
    .describe('Uncached prompt tokens queued on a worker above which it is full.'),
});
