// Between the hook that proves the key and everything that asks who it was.
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../http/problem.ts';
import { type Admin, HOW_TO_ASK } from './admin-keys.ts';

const admins = new WeakMap<FastifyRequest, Admin>();

export function setAdmin(request: FastifyRequest, admin: Admin): void {
  admins.set(request, admin);
}

/** Throws where no key was proved: a route that forgot to be public or the hook that forgot a route is closed, not open. */
export function adminOf(request: FastifyRequest): Admin {
  const admin = admins.get(request);
  if (admin === undefined) throw new Problem('unauthorized', HOW_TO_ASK);
  return admin;
}

/** The actor of the audit log, as a parameter of a controller's method. */
export const Actor = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  return adminOf(context.switchToHttp().getRequest<FastifyRequest>()).actor;
});
