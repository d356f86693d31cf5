// The OpenAPI 3.1 document: routes and answers by @nestjs/swagger, schemas by zod. docs/openapi-admin.json is a copy of it.
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import * as z from 'zod';
import { PROBLEM_TYPE } from '../http/problem.ts';
import { CSV } from './documented.ts';
import { problemSchema } from './problem-schema.ts';

const DESCRIPTION =
  'Tenants, plans, keys, usage and the audit log of Ropeway. Dates are ISO 8601 in UTC; amounts are whole numbers up to 2^53-1. Unknown fields are refused.';

/** `version` is that of the API, not of the program: the committed copy must not change with each release. */
const API_VERSION = '1';

export function buildDocument(app: NestFastifyApplication): object {
  const config = new DocumentBuilder()
    .setTitle('Ropeway admin API')
    .setDescription(DESCRIPTION)
    .setVersion(API_VERSION)
    .setOpenAPIVersion('3.1.0')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'rwa_…',
      description: 'An admin key, rwa_…; never a key of the gateway.',
    })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (_controller, method) => method,
    standardSchemaConverter: (schema, { schemaType }) =>
      schema instanceof z.ZodType ? jsonSchemaOf(schema, schemaType) : undefined,
  });
  const problem = jsonSchemaOf(problemSchema, 'output');
  const schemas = sorted({ ...document.components?.schemas, ...problem.components });
  return mended({ ...document, components: { ...document.components, schemas } });
}

/**
 * Two things @nestjs/swagger cannot say: that CSV is text (it gives every media type of an answer the same schema), and that
 * answers are shared (each route would repeat fifteen refusals).
 */
function mended(document: object): object {
  const shared: Record<string, unknown> = {};
  const { components, ...rest } = JSON.parse(JSON.stringify(document), (name: string, value: unknown) => {
    if (name === CSV) return { schema: { type: 'string' } };
    if (!isRefusal(value)) return value;
    const codes = [...value.description.matchAll(/`(\w+)`/g)].map(([, code]) => code).join('.');
    shared[codes] = value;
    return { $ref: `#/components/responses/${codes}` };
  });
  return { ...rest, components: { ...components, responses: sorted(shared) } };
}

/** A response as documented.ts writes those of problems. */
function isRefusal(value: unknown): value is { readonly description: string } {
  if (typeof value !== 'object' || value === null || !('content' in value) || !('description' in value))
    return false;
  const { content } = value;
  return typeof content === 'object' && content !== null && PROBLEM_TYPE in content;
}

/** Named schemas (`.meta({ id })`) become components. */
function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema, $defs = {}, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return { schema: rest, components: $defs };
}

function sorted(record: object): object {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
