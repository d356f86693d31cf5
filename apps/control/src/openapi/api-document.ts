// The document without a server, a database or a port: for the committed copy and its test.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { controlModule } from '../control.module.ts';
import type { ControlPorts } from '../control-ports.ts';
import { buildDocument } from './build-document.ts';

export async function apiDocument(): Promise<object> {
  const app = await NestFactory.create<NestFastifyApplication>(
    controlModule(NO_PORTS),
    new FastifyAdapter(),
    {
      logger: false,
      abortOnError: false,
    },
  );
  try {
    return buildDocument(app);
  } finally {
    await app.close();
  }
}

/** Nobody asks them anything: no request comes. */
const NO_PORTS: ControlPorts = new Proxy(Object.create(null), {
  get: (_target, name) => (name === 'then' ? undefined : null),
});
