// A route with everything said about it in one place: method, path, what it answers, how it may refuse. The schemas that check
// its input stand at the parameters (@Body({ schema })…); Nest's pipe and the OpenAPI document read the same objects.
import { applyDecorators, Delete, Get, HttpCode, Patch, Post, Put, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiProduces, ApiResponse } from '@nestjs/swagger';
import type { ZodType } from 'zod';
import { PublicRoute } from '../auth/public-route.ts';
import { NoConditionInterceptor } from '../http/no-condition.interceptor.ts';
import { PROBLEM_TYPE, PROBLEMS, type ProblemCode } from '../http/problem.ts';

/** build-document.ts gives it a schema of its own: text. */
export const CSV = 'text/csv';

interface RouteFacts {
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  /** Of the answer when all went well. */
  readonly answer: ZodType;
  readonly status?: 200 | 201;
  /** The same as CSV, too. */
  readonly hasCsv?: boolean;
  /** Besides those every route has. */
  readonly refuses?: readonly ProblemCode[];
}

interface WriteFacts extends RouteFacts {
  /** The method takes @IfMatch(). Elsewhere a condition is refused: one that is ignored protects nobody. */
  readonly isConditional?: boolean;
}

const EVERY_ROUTE: readonly ProblemCode[] = [
  'bad_request',
  'invalid_fields',
  'unauthorized',
  'too_many_attempts',
  'headers_too_large',
  'internal_error',
  'unavailable',
];
const EVERY_WRITE: readonly ProblemCode[] = [
  'forbidden',
  'idempotency_mismatch',
  'idempotency_in_use',
  'idempotency_unknown',
  'body_too_large',
  'unsupported_media_type',
];

export function ReadRoute(facts: RouteFacts): MethodDecorator {
  return applyDecorators(Get(facts.path), ...described(facts, EVERY_ROUTE), ApiBearerAuth());
}

const METHODS = { POST: Post, PUT: Put, PATCH: Patch, DELETE: Delete } as const;

export function WriteRoute(method: keyof typeof METHODS, facts: WriteFacts): MethodDecorator {
  return applyDecorators(
    METHODS[method](facts.path),
    HttpCode(facts.status ?? 200),
    ...described(facts, [
      ...EVERY_ROUTE,
      ...EVERY_WRITE,
      ...(facts.isConditional ? ['version_mismatch' as const] : []),
    ]),
    ApiBearerAuth(),
    ApiHeader({
      name: 'idempotency-key',
      required: false,
      description:
        'Up to 255 printable characters, kept 24 h: the same request again is answered as before, not done again.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    }),
    facts.isConditional ? ifMatch : UseInterceptors(NoConditionInterceptor),
  );
}

/** No key is asked for; refuses nothing. `also` are answers of other states, as 503 of a probe. */
export function OpenRoute(
  facts: RouteFacts & {
    readonly also?: readonly {
      readonly status: number;
      readonly description: string;
      readonly answer: ZodType;
    }[];
  },
): MethodDecorator {
  return applyDecorators(
    Get(facts.path),
    PublicRoute(),
    ...described(facts, []),
    ...(facts.also ?? []).map(({ answer, ...rest }) => ApiResponse({ ...rest, standardSchema: answer })),
  );
}

const ifMatch = ApiHeader({
  name: 'if-match',
  required: false,
  description: 'The `etag` it was read with, as in `"3"`: refused (412) when it was changed meanwhile.',
  schema: { type: 'string' },
});

function described(facts: RouteFacts, common: readonly ProblemCode[]): readonly MethodDecorator[] {
  const { summary, description, answer, status = 200, hasCsv = false, refuses = [] } = facts;
  return [
    withParameterTypes,
    ApiOperation({ summary, ...(description === undefined ? {} : { description }) }),
    ApiResponse({ status, description: 'Done.', standardSchema: answer }),
    ...(hasCsv ? [ApiProduces('application/json', CSV)] : []),
    ...problemResponses([...common, ...refuses]),
  ];
}

/** One response a status; its description lists the problems that have it. */
function problemResponses(codes: readonly ProblemCode[]): readonly MethodDecorator[] {
  const byStatus = Object.groupBy([...new Set(codes)], (code) => PROBLEMS[code].status);
  return Object.entries(byStatus).map(([status, listed = []]) =>
    ApiResponse({
      status: Number(status),
      description: listed.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
      content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
    }),
  );
}

/**
 * @nestjs/swagger looks at a method's parameters only where TypeScript has left their types as metadata. Ours come from the
 * schemas at the parameters, and SWC leaves no metadata (.swcrc), so the number of parameters is all there is to say.
 */
const withParameterTypes: MethodDecorator = (target, name, descriptor) => {
  const method: unknown = descriptor.value;
  const count = typeof method === 'function' ? method.length : 0;
  Reflect.defineMetadata(
    'design:paramtypes',
    Array.from({ length: count }, () => Object),
    target,
    name,
  );
};
