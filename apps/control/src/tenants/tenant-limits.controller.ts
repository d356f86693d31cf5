import { Controller, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import * as z from 'zod';
import { keyIdSchema, tenantIdSchema } from '#tenancy';
import { CONTROL_PORTS, type ControlPorts } from '../control-ports.ts';
import { ReadRoute } from '../openapi/documented.ts';
import { standingsOf, type TenantStandings } from './standings-of.ts';

const limitsQuery = z.strictObject({
  key: keyIdSchema.exactOptional().describe("Also the limits of this key's own."),
});

const standing = z.object({
  kind: z.enum([
    'requests',
    'tokens',
    'input_tokens',
    'output_tokens',
    'concurrent_requests',
    'concurrent_kv_tokens',
    'day_budget',
    'month_budget',
  ]),
  scope: z.enum(['tenant', 'key']),
  unit: z
    .enum(['tokens', 'money'])
    .nullable()
    .describe('Of a budget; money in millionths of the currency. null: the kind says it.'),
  limit: z.number(),
  remaining: z.number().describe('Would be granted now.'),
  resetMs: z.number().describe('Until the whole is free again; 0 for what running requests hold.'),
});
const standingsAnswer = z
  .object({ tenant: z.string(), key: z.string().nullable(), items: z.array(standing).readonly() })
  .meta({ id: 'Standings' }) satisfies z.ZodType<TenantStandings, unknown>;

@ApiTags('tenants')
@Controller('admin/tenants/:id/limits')
export class TenantLimitsController {
  readonly #ports: ControlPorts;

  constructor(@Inject(CONTROL_PORTS) ports: ControlPorts) {
    this.#ports = ports;
  }

  @ReadRoute({
    path: '',
    summary: 'How the limits and budgets of a tenant stand now',
    description: 'Takes nothing. Limits that are not set are not listed.',
    answer: standingsAnswer,
    refuses: ['not_found'],
  })
  getTenantLimits(
    @Param('id', { schema: tenantIdSchema }) id: string,
    @Query({ schema: limitsQuery }) { key }: z.output<typeof limitsQuery>,
  ) {
    return standingsOf(this.#ports, id, key ?? null, Date.now());
  }
}
