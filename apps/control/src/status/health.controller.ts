import { Controller, Inject, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import * as z from 'zod';
import { CONTROL_PORTS, type ControlPorts } from '../control-ports.ts';
import { OpenRoute } from '../openapi/documented.ts';
import { databaseStatus } from './database-status.ts';

const liveAnswer = z.object({ status: z.literal('live') });
const readyAnswer = z.object({ status: z.enum(['ready', 'draining', 'no database', 'wrong schema']) });

@ApiTags('health')
@Controller()
export class HealthController {
  readonly #ports: ControlPorts;

  constructor(@Inject(CONTROL_PORTS) ports: ControlPorts) {
    this.#ports = ports;
  }

  @OpenRoute({ path: 'livez', summary: 'The process runs', answer: liveAnswer })
  live(): z.output<typeof liveAnswer> {
    return { status: 'live' };
  }

  @OpenRoute({
    path: 'readyz',
    summary: 'The database answers and has the schema this program needs',
    answer: readyAnswer,
    also: [{ status: 503, description: 'Not ready; `status` says why.', answer: readyAnswer }],
  })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<z.output<typeof readyAnswer>> {
    const status = await this.#status();
    if (status !== 'ready') reply.status(503);
    return { status };
  }

  async #status(): Promise<z.output<typeof readyAnswer>['status']> {
    if (this.#ports.lifecycle.isDraining) return 'draining';
    const database = await databaseStatus(this.#ports.database);
    if (!database.ok) return 'no database';
    return database.schemaProblem === null ? 'ready' : 'wrong schema';
  }
}
