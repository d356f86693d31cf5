// GET /v1/usage: what the caller's tenant has used, by day, model and pool.
import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServePorts } from '../completions/serve-ports.ts';
import { ownUsage, type UsageAsked } from '../introspection/own-usage.ts';
import { SERVE_PORTS } from '../tokens.ts';
import { admitController } from './admit-controller.ts';

@Controller(['v1/usage', 'compatible-mode/v1/usage'])
export class UsageController {
  readonly #ports: ServePorts;

  constructor(@Inject(SERVE_PORTS) ports: ServePorts) {
    this.#ports = ports;
  }

  @Get()
  async usage(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query() asked: UsageAsked,
  ) {
    return ownUsage(await admitController(request, reply, this.#ports), asked, this.#ports.usage, Date.now());
  }
}
