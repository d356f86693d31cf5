// GET /v1/models and /v1/models/{id}, for clients and for whoever looks round. Ids may hold slashes.
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServePorts } from '../completions/serve-ports.ts';
import { ListModels } from '../introspection/list-models.ts';
import { SERVE_PORTS } from '../tokens.ts';
import { admitController } from './admit-controller.ts';

@Controller(['v1/models', 'compatible-mode/v1/models'])
export class ModelsController {
  readonly #ports: ServePorts;
  readonly #models: ListModels;

  constructor(@Inject(SERVE_PORTS) ports: ServePorts) {
    this.#ports = ports;
    this.#models = new ListModels(ports, Date.now());
  }

  @Get()
  async list(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.#models.list(await admitController(request, reply, this.#ports));
  }

  @Get('*')
  async one(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    const caller = await admitController(request, reply, this.#ports);
    const path = request.url.split('?', 1)[0] ?? '';
    const name = path.slice(path.indexOf('/v1/models/') + '/v1/models/'.length);
    // With a slash at its end it is still the list, which vLLM leads to by a redirect.
    return name === '' ? this.#models.list(caller) : this.#models.one(decoded(name), caller);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not percent-encoded UTF-8: then it is no name of a model, and the look-up says so.
    return text;
  }
}
