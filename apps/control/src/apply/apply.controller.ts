import { Body, Controller, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type * as z from 'zod';
import { Actor } from '../auth/admin-of-request.ts';
import { CONTROL_PORTS, type ControlPorts } from '../control-ports.ts';
import { WriteRoute } from '../openapi/documented.ts';
import { applyAnswer, applyInput } from './apply-answer.ts';
import { type Applied, ApplyDeclared } from './apply-declared.ts';

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
      'All of it in one transaction, or nothing. Fields of a tenant or key that a declaration leaves out stay as they are; `limits` and `scopes` are one field each, so one that is declared is the whole of its own limits or scopes, and what is not in it is inherited again. A plan is replaced as a whole. A key is matched by tenant and name and made where there is none; nothing is deleted or revoked. A dry run does everything, says what it did, and takes it back.',
    answer: applyAnswer,
    refuses: ['conflict'],
  })
  async applyDeclaration(
    @Body({ schema: applyInput }) { dryRun, ...declared }: z.output<typeof applyInput>,
    @Actor() actor: string,
  ): Promise<Applied> {
    try {
      return await this.#ports.registry.transaction(async (registry) => {
        const applied = await new ApplyDeclared(registry, actor).apply(declared);
        if (dryRun) throw new TakenBack(applied);
        return applied;
      });
    } catch (error) {
      if (error instanceof TakenBack) return error.wouldBe;
      throw error;
    }
  }
}

/** Ends the transaction of a dry run: a throw is how a registry's transaction is undone. */
class TakenBack extends Error {
  readonly wouldBe: Applied;

  constructor({ changes }: Applied) {
    super('a dry run is taken back');
    // Keys that were made in it are gone with it.
    this.wouldBe = { changes, keys: [] };
  }
}
