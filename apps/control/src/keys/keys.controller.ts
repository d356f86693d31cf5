import { Body, Controller, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import * as z from 'zod';
import { keyIdSchema, keyInputSchema, tenantIdSchema } from '#tenancy';
import { keyAnswer, newKeyAnswer, newKeyAnswerOf } from '../answers/key-answer.ts';
import { askOf, pageOf, pageOrProblem, pageQuery } from '../answers/page.ts';
import { Actor } from '../auth/admin-of-request.ts';
import { CONTROL_PORTS, type ControlPorts } from '../control-ports.ts';
import { IfMatch } from '../http/if-match.ts';
import { Location } from '../http/resource-headers.interceptor.ts';
import { found, unwrap } from '../http/unwrap.ts';
import { ReadRoute, WriteRoute } from '../openapi/documented.ts';

const keysQuery = z.strictObject({
  ...pageQuery,
  tenant: tenantIdSchema.exactOptional(),
  state: z.enum(['active', 'expired', 'revoked']).exactOptional(),
});
const newKey = keyInputSchema.meta({ id: 'NewKeyInput' });
const keyChange = keyInputSchema.omit({ environment: true }).meta({
  id: 'KeyChange',
  description: 'Absent members stay as they are. The environment is part of the text: it cannot change.',
});
const MOST_OVERLAP_SECONDS = 7 * 24 * 3_600;
const rotation = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(MOST_OVERLAP_SECONDS)
      .default(0)
      .describe('The old key goes on for so long.'),
  })
  .meta({ id: 'Rotation' });
const SEEN_ONCE = 'The text of the key is in this answer and nowhere else.';

@ApiTags('keys')
@Controller('admin')
export class KeysController {
  readonly #ports: ControlPorts;

  constructor(@Inject(CONTROL_PORTS) ports: ControlPorts) {
    this.#ports = ports;
  }

  @ReadRoute({ path: 'keys', summary: 'Keys', answer: pageOf(keyAnswer) })
  async listKeys(@Query({ schema: keysQuery }) query: z.output<typeof keysQuery>) {
    return pageOrProblem(await this.#ports.registry.keys(askOf(query)));
  }

  @WriteRoute('POST', {
    path: 'tenants/:id/keys',
    summary: 'Make a key',
    description: SEEN_ONCE,
    status: 201,
    answer: newKeyAnswer,
    refuses: ['not_found', 'conflict'],
  })
  @Location('/admin/keys/{id}')
  async createKey(
    @Param('id', { schema: tenantIdSchema }) tenant: string,
    @Body({ schema: newKey }) body: z.output<typeof newKey>,
    @Actor() actor: string,
  ) {
    return newKeyAnswerOf(unwrap(await this.#ports.registry.createKey(actor, tenant, body)));
  }

  @ReadRoute({ path: 'keys/:id', summary: 'One key', answer: keyAnswer, refuses: ['not_found'] })
  async getKey(@Param('id', { schema: keyIdSchema }) id: string) {
    return found(await this.#ports.registry.key(id), `key ${id}`);
  }

  @WriteRoute('PATCH', {
    path: 'keys/:id',
    summary: 'Change a key',
    isConditional: true,
    answer: keyAnswer,
    refuses: ['not_found', 'conflict'],
  })
  async updateKey(
    @Param('id', { schema: keyIdSchema }) id: string,
    @Body({ schema: keyChange }) body: z.output<typeof keyChange>,
    @IfMatch() ifVersion: number | null,
    @Actor() actor: string,
  ) {
    return unwrap(await this.#ports.registry.updateKey(actor, id, body, ifVersion));
  }

  @WriteRoute('POST', {
    path: 'keys/:id/rotate',
    summary: 'Replace a key by a new one',
    description: `Same rights, same limits and budgets; a new id and secret. \`if-match\` is about the old key. ${SEEN_ONCE}`,
    status: 201,
    isConditional: true,
    answer: newKeyAnswer,
    refuses: ['not_found', 'conflict'],
  })
  @Location('/admin/keys/{id}')
  async rotateKey(
    @Param('id', { schema: keyIdSchema }) id: string,
    @Body({ schema: rotation }) { overlapSeconds }: z.output<typeof rotation>,
    @IfMatch() ifVersion: number | null,
    @Actor() actor: string,
  ) {
    const rotated = await this.#ports.registry.rotateKey(actor, id, overlapSeconds * 1_000, ifVersion);
    return newKeyAnswerOf(unwrap(rotated));
  }

  @WriteRoute('POST', {
    path: 'keys/:id/revoke',
    summary: 'Revoke a key for good',
    description:
      'Every gateway refuses it within a second and cuts its running answers. Again: the same answer.',
    isConditional: true,
    answer: keyAnswer,
    refuses: ['not_found'],
  })
  async revokeKey(
    @Param('id', { schema: keyIdSchema }) id: string,
    @IfMatch() ifVersion: number | null,
    @Actor() actor: string,
  ) {
    return unwrap(await this.#ports.registry.revokeKey(actor, id, ifVersion));
  }
}
