// Which methods a path takes. Asked only when a request has found no route.
import type { FastifyInstance } from 'fastify';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

export function methodsOf(server: FastifyInstance, path: string): readonly string[] {
  return METHODS.filter((method) => server.findRoute({ method, url: path }) !== null);
}
