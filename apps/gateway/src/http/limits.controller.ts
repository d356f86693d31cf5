// GET /v1/limits: how the caller's own limits stand, and what its key may do. Takes nothing.
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServePorts } from '../completions/serve-ports.ts';
import { explainLimits } from '../introspection/explain-limits.ts';
import { SERVE_PORTS } from '../tokens.ts';
import { admitController } from './admit-controller.ts';

@Controller(['v1/limits', 'compatible-mode/v1/limits'])
export class LimitsController {
  readonly #ports: ServePorts;

  constructor(@Inject(SERVE_PORTS) ports: ServePorts) {
    this.#ports = ports;
  }

  @Get()
  async limits(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return explainLimits(await admitController(request, reply, this.#ports), this.#ports);
  }
}
