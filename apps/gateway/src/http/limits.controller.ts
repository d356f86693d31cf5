// GET /v1/limits: how the caller's own limits stand, and what its key may do. Takes nothing.
import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServePorts } from '../completions/serve-ports.ts';
import { explainLimits } from '../introspection/explain-limits.ts';
import { refuseUnknownParameters } from '../introspection/refuse-unknown-parameters.ts';
import { SERVE_PORTS } from '../tokens.ts';
import { admitController } from './admit-controller.ts';

@Controller(['v1/limits', 'compatible-mode/v1/limits'])
export class LimitsController {
  readonly #ports: ServePorts;

  constructor(@Inject(SERVE_PORTS) ports: ServePorts) {
    this.#ports = ports;
  }

  @Get()
  async limits(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() asked: object,
  ) {
    const caller = await admitController(request, reply, this.#ports);
    refuseUnknownParameters(asked, []);
    return explainLimits(caller, this.#ports);
  }
}
