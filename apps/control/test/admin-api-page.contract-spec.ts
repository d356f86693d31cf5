// docs/admin-api.md against the code: its examples are run as they stand, its tables compared.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PROBLEMS } from '../src/http/problem.ts';
import { onBothControls } from './control-under-test.ts';

const run = promisify(execFile);
const page = readFileSync('docs/admin-api.md', 'utf8');
const examples = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, script = '']) => script);

describe('the page of the admin API', () => {
  it('lists every problem with its status, and no other', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` \| (\d{3}) \|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    expect(rows).toEqual(Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]));
  });

  it('lists every route, and no other', () => {
    const { paths } = JSON.parse(readFileSync('docs/openapi-admin.json', 'utf8'));
    const documented = Object.entries<object>(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const cells = [...page.matchAll(/^\| (`(?:GET|POST)\b.*?) \|/gm)].map(([, cell = '']) => cell);
    const listed = cells.flatMap((cell) => cell.split(' · ')).flatMap(routesOf);
    expect(listed.toSorted()).toEqual(documented.toSorted());
  });
});

/** `GET` `PATCH /admin/tenants/{id}` as two routes. */
function routesOf(text: string): readonly string[] {
  const words = [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
  const path = words.at(-1)?.split(' ')[1];
  return words.map((word) => `${word.split(' ')[0]} ${path}`);
}

onBothControls('the examples of the page', (control) => {
  const folder = mkdtempSync(join(tmpdir(), 'ropeway-page-'));
  beforeAll(() => {
    mkdirSync(join(folder, '.ropeway'));
    writeFileSync(join(folder, '.ropeway/admin-key'), `${control().adminKey}\n`);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('work one after the other', async () => {
    const answers: string[] = [];
    for (const example of examples) {
      const script = example.replaceAll('http://127.0.0.1:8081', control().url);
      const env = { PATH: process.env.PATH ?? '', ADMIN_KEY: control().adminKey };
      const { stdout } = await run('/bin/sh', ['-ec', script], { cwd: folder, env });
      expect(stdout).not.toContain('urn:ropeway:problem');
      answers.push(stdout);
    }
    expect(answers).toHaveLength(7);
    expect(answers[0]).toContain('"schemaProblem":null');
    expect(answers[3]).toContain('"key":"rw_test_');
    expect(answers[4]).toMatch(/^day,tenant,pool,requests/);
    expect(answers[5]).toContain('"op":"create","kind":"key","id":"acme/nightly"');
    expect(answers[6]).toContain('"version":2');
  });
});
