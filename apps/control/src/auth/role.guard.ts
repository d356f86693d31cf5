// What may they do? Whoever only reads may only read: every method but GET wants the role admin, so no route can forget to
// say so. The key itself was proved before the body was read (http/create-app.ts).
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../http/problem.ts';
import { adminOf } from './admin-of-request.ts';
import { isPublic } from './public-route.ts';

@Injectable()
export class RoleGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (isPublic(request)) return true;
    const { role } = adminOf(request);
    if (role === 'admin' || request.method === 'GET') return true;
    throw new Problem('forbidden', 'This key has the role viewer; changes need one with the role admin.');
  }
}
