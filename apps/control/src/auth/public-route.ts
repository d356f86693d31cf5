// Routes that need no key: health, and the description of the API.
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';

const CONFIG = { isPublic: true };

export const PublicRoute = () => RouteConfig(CONFIG);

export function isPublic(request: FastifyRequest): boolean {
  return !request.is404 && isOpen(request.routeOptions.config);
}

/** HEAD wherever GET needs no key: probes and load balancers ask so. To be called before there are routes. */
export function answerOpenHeads(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route: RouteOptions) => {
    if (route.method === 'GET' && isOpen(route.config)) fastify.route({ ...route, method: 'HEAD' });
  });
}

function isOpen(config: object | undefined): boolean {
  return config !== undefined && Reflect.get(config, 'isPublic') === true;
}
