import * as z from 'zod';
import { declaredTenantsSchema } from '#tenancy';
import type { Change } from './compare-declared.ts';

export interface MadeKey {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  /** Its text, seen here once; null where an answer is given again. */
  readonly key: string | null;
}

export interface Applied {
  readonly changes: readonly Change[];
  readonly keys: readonly MadeKey[];
}

export const applyInput = declaredTenantsSchema
  .extend({
    dryRun: z
      .boolean()
      .default(false)
      .describe('Only say what would change; every check is made all the same.'),
  })
  .meta({ id: 'Apply', description: 'What tenants.yaml says (docs/cli.md).' });

const change = z.object({
  op: z.enum(['create', 'update', 'none']),
  kind: z.enum(['plan', 'tenant', 'key']),
  id: z.string().describe('Name of the plan, id of the tenant; of a key `<tenant>/<name>`.'),
  fields: z
    .array(
      z.object({
        path: z.string(),
        before: z
          .unknown()
          .exactOptional()
          .describe('Left out: it was not there. Of a limit that means inherited, and null means no limit.'),
        after: z.unknown().exactOptional().describe('Left out: it is not there any more.'),
      }),
    )
    .readonly(),
});

export const applyAnswer = z
  .object({
    changes: z.array(change).readonly(),
    keys: z
      .array(
        z.object({
          id: z.string(),
          name: z.string(),
          tenant: z.string(),
          key: z
            .string()
            .nullable()
            .describe('Its text, only here; null where an idempotency key is answered again.'),
        }),
      )
      .readonly()
      .describe('Keys that were made. None in a dry run.'),
  })
  .meta({ id: 'Applied' }) satisfies z.ZodType<Applied, unknown>;
