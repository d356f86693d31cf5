import { Body, Controller, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type * as z from 'zod';
import type { NewApiKey, RegistryPart } from '#tenancy';
import { Actor } from '../auth/admin-of-request.ts';
import { CONTROL_PORTS, type ControlPorts } from '../control-ports.ts';
import { WriteRoute } from '../openapi/documented.ts';
import { type Applied, applyAnswer, applyInput, type MadeKey } from './apply-answer.ts';
import { type Compared, compareDeclared } from './compare-declared.ts';
import { declaredPart } from './declared-part.ts';

@ApiTags('apply')
@Controller('admin/apply')
export class ApplyController {
  readonly #ports: ControlPorts;

  constructor(@Inject(CONTROL_PORTS) ports: ControlPorts) {
    this.#ports = ports;
  }

  @WriteRoute('POST', {
    path: '',
    summary: 'Make plans, tenants and keys as they are declared',
    description:
      'All of it in one transaction, or nothing. Fields of a tenant or key that a declaration leaves out stay as they are; `limits` and `scopes` are one field each, so one that is declared is the whole of its own limits or scopes, and what is not in it is inherited again. A plan is replaced as a whole. A key is matched by tenant and name and made where there is none; nothing is deleted or revoked. A dry run makes the same comparison and the same checks, and writes nothing.',
    answer: applyAnswer,
    refuses: ['conflict'],
  })
  async applyDeclaration(
    @Body({ schema: applyInput }) { dryRun, ...declared }: z.output<typeof applyInput>,
    @Actor() actor: string,
  ): Promise<Applied> {
    const { registry } = this.#ports;
    const compare = (part: RegistryPart): Promise<Compared> => compareDeclared(declared, part);
    const ask = declaredPart(declared);
    if (dryRun) return { changes: (await compare(await registry.part(ask))).shown, keys: [] };
    const { decided, newKeys } = await registry.changeMany(actor, ask, compare);
    return { changes: decided.shown, keys: newKeys.map(madeKey) };
  }
}

function madeKey({ text, key: { id, name, tenant } }: NewApiKey): MadeKey {
  return { id, name, tenant, key: text };
}
