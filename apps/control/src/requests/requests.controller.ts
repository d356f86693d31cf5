import { Controller, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import * as z from 'zod';
import { keyIdSchema, tenantIdSchema } from '#tenancy';
import { askedMoment, askedName, refuseBackwards } from '../answers/asked-values.ts';
import { pageOf, pageOrProblem, pageQuery } from '../answers/page.ts';
import { CONTROL_PORTS, type ControlPorts } from '../control-ports.ts';
import { Problem } from '../http/problem.ts';
import { ReadRoute } from '../openapi/documented.ts';
import { askGateways } from './ask-gateways.ts';
import { OUTCOMES, requestAnswer } from './request-answer.ts';
import { requestWhole } from './request-story.ts';

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
    if (rest.from !== undefined && to !== undefined) refuseBackwards(rest.from, to);
    return pageOrProblem(await this.#ports.usage.records({ ...rest, until: to }, { limit, cursor }));
  }

  @ReadRoute({
    path: ':id',
    summary: 'One request: its row of the ledger, and how it went as its gateway remembers it',
    description:
      "By the gateway's id, which finds both, or by the client's x-request-id, which only gateways know. Gateways keep the last `requests.keep` that ended. 404 only where every gateway answered and none knows it.",
    answer: requestWhole,
    refuses: ['not_found'],
  })
  async getRequest(@Param('id', { schema: requestId }) id: string) {
    const { usage, gateways } = this.#ports;
    const [row, remembered] = await Promise.all([usage.record(id), askGateways(gateways, id)]);
    const { records } = remembered;
    const [newest] = records;
    // Whoever did not answer may know it: no 404 then, but an answer without it that names them.
    if (row === null && newest === undefined && remembered.gateways.silent.length === 0)
      throw new Problem('not_found', unknown(id, remembered.gateways.asked));
    // A client's id is not in the ledger, but that of the request it is.
    const found = row ?? (newest === undefined ? null : await usage.record(newest.request_id));
    return { row: found, ...remembered };
  }
}

function unknown(id: string, asked: number): string {
  const where =
    asked === 0
      ? 'and control.gateways names none to ask.'
      : `nor in what ${asked === 1 ? 'the gateway remembers' : `${asked} gateways remember`}. Gateways keep the last requests.keep that ended, as long as they run; a refused request is in the log, and nowhere else.`;
  return `There is no request ${id} in the ledger, ${where}`;
}
