import { Body, Controller, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import * as z from 'zod';
import { planInputSchema, planNameSchema } from '#tenancy';
import { askOf, pageOf, pageOrProblem, pageQuery } from '../answers/page.ts';
import { planAnswer } from '../answers/plan-answer.ts';
import { Actor } from '../auth/admin-of-request.ts';
import { CONTROL_PORTS, type ControlPorts } from '../control-ports.ts';
import { IfMatch } from '../http/if-match.ts';
import { found, unwrap } from '../http/unwrap.ts';
import { ReadRoute, WriteRoute } from '../openapi/documented.ts';

const plansQuery = z.strictObject(pageQuery);
const planInput = planInputSchema.meta({
  id: 'PlanInput',
  description: 'The whole plan: absent members set no limit.',
});

@ApiTags('plans')
@Controller('admin/plans')
export class PlansController {
  readonly #ports: ControlPorts;

  constructor(@Inject(CONTROL_PORTS) ports: ControlPorts) {
    this.#ports = ports;
  }

  @ReadRoute({ path: '', summary: 'Plans, by name', answer: pageOf(planAnswer) })
  async listPlans(@Query({ schema: plansQuery }) query: z.output<typeof plansQuery>) {
    return pageOrProblem(await this.#ports.registry.plans(askOf(query)));
  }

  @ReadRoute({ path: ':name', summary: 'One plan', answer: planAnswer, refuses: ['not_found'] })
  async getPlan(@Param('name', { schema: planNameSchema }) name: string) {
    return found(await this.#ports.registry.plan(name), `plan ${name}`);
  }

  @WriteRoute('PUT', {
    path: ':name',
    summary: 'Make or replace a plan',
    isConditional: true,
    answer: planAnswer,
    refuses: ['conflict'],
  })
  async setPlan(
    @Param('name', { schema: planNameSchema }) name: string,
    @Body({ schema: planInput }) body: z.output<typeof planInput>,
    @IfMatch() ifVersion: number | null,
    @Actor() actor: string,
  ) {
    return unwrap(await this.#ports.registry.setPlan(actor, name, body, ifVersion));
  }

  @WriteRoute('DELETE', {
    path: ':name',
    summary: 'Remove a plan',
    description: 'Refused while a tenant is on it. Answers with the plan as it was.',
    isConditional: true,
    answer: planAnswer,
    refuses: ['not_found', 'conflict'],
  })
  async deletePlan(
    @Param('name', { schema: planNameSchema }) name: string,
    @IfMatch() ifVersion: number | null,
    @Actor() actor: string,
  ) {
    return unwrap(await this.#ports.registry.deletePlan(actor, name, ifVersion));
  }
}
