import { Body, Controller, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import * as z from 'zod';
import { newTenantSchema, planNameSchema, tenantIdSchema, tenantInputSchema } from '#tenancy';
import { askOf, pageOf, pageOrProblem, pageQuery } from '../answers/page.ts';
import { tenantAnswer } from '../answers/tenant-answer.ts';
import { Actor } from '../auth/admin-of-request.ts';
import { CONTROL_PORTS, type ControlPorts } from '../control-ports.ts';
import { IfMatch } from '../http/if-match.ts';
import { Location } from '../http/resource-headers.interceptor.ts';
import { found, unwrap } from '../http/unwrap.ts';
import { ReadRoute, WriteRoute } from '../openapi/documented.ts';

const tenantsQuery = z.strictObject({ ...pageQuery, plan: planNameSchema.exactOptional() });
const newTenant = newTenantSchema.meta({ id: 'NewTenant' });
const tenantChange = tenantInputSchema.meta({
  id: 'TenantChange',
  description: 'Absent members stay as they are.',
});

@ApiTags('tenants')
@Controller('admin/tenants')
export class TenantsController {
  readonly #ports: ControlPorts;

  constructor(@Inject(CONTROL_PORTS) ports: ControlPorts) {
    this.#ports = ports;
  }

  @ReadRoute({ path: '', summary: 'Tenants, by id', answer: pageOf(tenantAnswer) })
  async listTenants(@Query({ schema: tenantsQuery }) query: z.output<typeof tenantsQuery>) {
    return pageOrProblem(await this.#ports.registry.tenants(askOf(query)));
  }

  @WriteRoute('POST', {
    path: '',
    summary: 'Make a tenant',
    status: 201,
    answer: tenantAnswer,
    refuses: ['conflict'],
  })
  @Location('/admin/tenants/{id}')
  async createTenant(@Body({ schema: newTenant }) body: z.output<typeof newTenant>, @Actor() actor: string) {
    const { id, ...input } = body;
    return unwrap(await this.#ports.registry.createTenant(actor, id, input));
  }

  @ReadRoute({ path: ':id', summary: 'One tenant', answer: tenantAnswer, refuses: ['not_found'] })
  async getTenant(@Param('id', { schema: tenantIdSchema }) id: string) {
    return found(await this.#ports.registry.tenant(id), `tenant ${id}`);
  }

  @WriteRoute('PATCH', {
    path: ':id',
    summary: 'Change a tenant',
    description:
      '`suspended: true` refuses all its keys and cuts their running answers; false lets them in again.',
    isConditional: true,
    answer: tenantAnswer,
    refuses: ['not_found', 'conflict'],
  })
  async updateTenant(
    @Param('id', { schema: tenantIdSchema }) id: string,
    @Body({ schema: tenantChange }) body: z.output<typeof tenantChange>,
    @IfMatch() ifVersion: number | null,
    @Actor() actor: string,
  ) {
    return unwrap(await this.#ports.registry.updateTenant(actor, id, body, ifVersion));
  }
}
