// Routes that need no key: health, and the description of the API.
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

const CONFIG = { isPublic: true };

export const PublicRoute = () => RouteConfig(CONFIG);

export function isPublic(request: FastifyRequest): boolean {
  return !request.is404 && Reflect.get(request.routeOptions.config, 'isPublic') === true;
}
