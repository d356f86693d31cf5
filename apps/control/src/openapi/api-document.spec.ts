import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { PROBLEM_TYPE, PROBLEMS } from '../http/problem.ts';
import { apiDocument } from './api-document.ts';

interface Operation {
  readonly summary?: string;
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, { readonly $ref?: string }>>;
}

const document = JSON.parse(JSON.stringify(await apiDocument()));
const operations: readonly (readonly [string, string, Operation])[] = Object.entries<
  Record<string, Operation>
>(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => [method, path, operation] as const),
);
const OPEN = ['/livez', '/readyz', '/admin/openapi.json'];

describe('the description of the admin API', () => {
  it('is OpenAPI 3.1', () => {
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Ropeway admin API' } });
    expect(operations.length).toBeGreaterThan(20);
  });

  it('is the committed one (npm run build && node dist/apps/control/src/print-openapi.js > docs/openapi-admin.json)', () => {
    expect(JSON.parse(readFileSync('docs/openapi-admin.json', 'utf8'))).toEqual(document);
  });

  it('names each operation once, for whoever generates a client of it', () => {
    const names = operations.map(([, , { operationId }]) => operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const [, , { summary }] of operations) expect(summary?.length).toBeGreaterThan(3);
  });

  it.each(operations)(
    '%s %s says whether it needs a key, what it takes and how it refuses',
    (method, path, operation) => {
      const { responses, security, requestBody, parameters = [] } = operation;
      if (OPEN.includes(path)) {
        expect([security, responses['401']]).toEqual([undefined, undefined]);
        return;
      }
      expect(security).toEqual([{ bearer: [] }]);
      const refusals = [
        '400',
        '401',
        '429',
        '500',
        '503',
        ...(method === 'get' ? [] : ['403', '409', '415']),
      ];
      for (const status of refusals) expect(refusalOf(responses[status])).toHaveProperty([PROBLEM_TYPE]);
      for (const name of path.matchAll(/\{(\w+)\}/g))
        expect(parameters).toContainEqual(expect.objectContaining({ name: name[1], in: 'path' }));
      const headers = parameters.filter((parameter) => parameter.in === 'header').map(({ name }) => name);
      expect(headers.includes('idempotency-key')).toBe(method !== 'get');
      const hasBody = ['put', 'patch'].includes(method) || (method === 'post' && !path.endsWith('/revoke'));
      expect(requestBody !== undefined).toBe(hasBody);
    },
  );

  it('refers to nothing that is not there', () => {
    const text = JSON.stringify(document);
    const refs = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name);
    expect(refs.length).toBeGreaterThan(20);
    for (const [, name = ''] of text.matchAll(/"#\/components\/responses\/([\w.]+)"/g))
      expect(document.components.responses).toHaveProperty([name]);
    for (const name of refs) expect(document.components.schemas).toHaveProperty([name ?? '']);
    expect(text).not.toContain('#/$defs/');
  });

  it('lists every kind of problem', () => {
    const { description } = document.components.schemas.Problem.properties.type;
    for (const code of Object.keys(PROBLEMS)) expect(description).toContain(code);
  });
});

function refusalOf(response: { readonly $ref?: string } | undefined): unknown {
  return document.components.responses[response?.$ref?.split('/').at(-1) ?? '']?.content;
}
