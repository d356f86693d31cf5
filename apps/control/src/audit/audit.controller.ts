import { Controller, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import * as z from 'zod';
import { tenantIdSchema } from '#tenancy';
import { askedName } from '../answers/asked-values.ts';
import { auditAnswer } from '../answers/audit-answer.ts';
import { askOf, pageOf, pageOrProblem, pageQuery } from '../answers/page.ts';
import { CONTROL_PORTS, type ControlPorts } from '../control-ports.ts';
import { ReadRoute } from '../openapi/documented.ts';

const word = askedName(100);
const auditQuery = z.strictObject({
  ...pageQuery,
  tenant: tenantIdSchema.exactOptional(),
  target: word.exactOptional(),
  action: word.exactOptional(),
});

@ApiTags('audit')
@Controller('admin/audit')
export class AuditController {
  readonly #ports: ControlPorts;

  constructor(@Inject(CONTROL_PORTS) ports: ControlPorts) {
    this.#ports = ports;
  }

  @ReadRoute({
    path: '',
    summary: 'Who changed what, newest first',
    description: 'Append-only: nothing of Ropeway changes or removes a row.',
    answer: pageOf(auditAnswer),
  })
  async listAudit(@Query({ schema: auditQuery }) query: z.output<typeof auditQuery>) {
    return pageOrProblem(await this.#ports.registry.audit(askOf(query)));
  }
}
