import { Controller, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import * as z from 'zod';
import { CONTROL_PORTS, type ControlPorts } from '../control-ports.ts';
import { ReadRoute } from '../openapi/documented.ts';
import { databaseStatus } from './database-status.ts';

const statusAnswer = z
  .object({
    version: z.string(),
    schema: z
      .int()
      .nullable()
      .describe('Version of the tables; null while the database is away or not used for its schema.'),
    schemaProblem: z.string().nullable().describe('null: the tables fit this program. Else what to do.'),
    database: z.object({
      kind: z.enum(['postgres', 'embedded']),
      ok: z.boolean(),
      latencyMs: z.number().nullable().describe('Of one small query.'),
    }),
    redis: z.object({
      mode: z
        .enum(['none', 'shared', 'local'])
        .describe('`local`: Redis is away; limits are counted in each process.'),
    }),
    ledger: z
      .object({
        waiting: z.int().describe('Rows on disk, not yet in the database.'),
        openIntents: z.int().describe('Answers that run.'),
        bytes: z.int(),
        isFull: z.boolean().describe('New requests are refused.'),
        isDatabaseAway: z.boolean(),
        delivered: z.int().describe('Rows since the start.'),
      })
      .nullable()
      .describe('Of the gateway in this process; null where there is none.'),
  })
  .meta({ id: 'Status' });

const UNKNOWN = { schema: null, schemaProblem: null, latencyMs: null };

@ApiTags('status')
@Controller('admin/status')
export class StatusController {
  readonly #ports: ControlPorts;

  constructor(@Inject(CONTROL_PORTS) ports: ControlPorts) {
    this.#ports = ports;
  }

  @ReadRoute({
    path: '',
    summary: 'How this process and what it stands on are',
    description: 'Answers with the database away, too.',
    answer: statusAnswer,
  })
  async getStatus(): Promise<z.output<typeof statusAnswer>> {
    const { database, version, redisMode, ledgerStats } = this.#ports;
    const status = await databaseStatus(database);
    const { schema, schemaProblem, latencyMs } = status.ok ? status : UNKNOWN;
    return {
      version,
      schema,
      schemaProblem,
      database: { kind: database.kind, ok: status.ok, latencyMs },
      redis: { mode: redisMode() },
      ledger: ledgerStats(),
    };
  }
}
