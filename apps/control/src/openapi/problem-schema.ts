// The shape of every refusal (http/problem.ts), for the document.
import * as z from 'zod';
import { PROBLEMS, type ProblemBody } from '../http/problem.ts';

export const problemSchema = z
  .object({
    type: z.string().describe(`\`urn:ropeway:problem:\` and one of: ${Object.keys(PROBLEMS).join(', ')}.`),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('About this very request.'),
    instance: z.string().describe('The path that was asked.'),
    errors: z
      .array(z.object({ path: z.string().describe('As in `limits.budgets[0].limit`.'), message: z.string() }))
      .exactOptional()
      .describe('Each field that is not as it has to be.'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' }) satisfies z.ZodType<ProblemBody>;
