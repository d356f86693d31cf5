import { Controller, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import * as z from 'zod';
import { keyIdSchema, tenantIdSchema } from '#tenancy';
import { askedMoment, askedName } from '../answers/asked-values.ts';
import { pageOf, pageOrProblem, pageQuery } from '../answers/page.ts';
import { CONTROL_PORTS, type ControlPorts } from '../control-ports.ts';
import { found } from '../http/unwrap.ts';
import { ReadRoute } from '../openapi/documented.ts';
import { OUTCOMES, requestAnswer } from './request-answer.ts';

const name = askedName(255);
const requestsQuery = z.strictObject({
  ...pageQuery,
  from: askedMoment.exactOptional().describe('Started at or after.'),
  to: askedMoment.exactOptional().describe('Started before.'),
  tenant: tenantIdSchema.exactOptional(),
  key: keyIdSchema.exactOptional(),
  model: name.exactOptional(),
  pool: name.exactOptional(),
  outcome: z.enum(OUTCOMES).exactOptional(),
});
const requestId = z.string().regex(/^[\w.:@+/=-]{1,128}$/, 'must be the id of a request');

@ApiTags('requests')
@Controller('admin/requests')
export class RequestsController {
  readonly #ports: ControlPorts;

  constructor(@Inject(CONTROL_PORTS) ports: ControlPorts) {
    this.#ports = ports;
  }

  @ReadRoute({
    path: '',
    summary: 'Rows of the ledger, newest first',
    description: 'A request has its row seconds after it ended. Prompts and answers are never kept.',
    answer: pageOf(requestAnswer),
  })
  async listRequests(@Query({ schema: requestsQuery }) query: z.output<typeof requestsQuery>) {
    const { to, limit, cursor = null, ...rest } = query;
    return pageOrProblem(await this.#ports.usage.records({ ...rest, until: to }, { limit, cursor }));
  }

  @ReadRoute({ path: ':id', summary: 'One row of the ledger', answer: requestAnswer, refuses: ['not_found'] })
  async getRequest(@Param('id', { schema: requestId }) id: string) {
    return found(await this.#ports.usage.record(id), `request ${id} in the ledger`);
  }
}
