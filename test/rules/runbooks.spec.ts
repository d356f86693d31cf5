// Every alert leads to a page that helps: it is there, names the alert, and its queries work as pasted.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { METRICS } from '#telemetry';
import { needProgram } from '../../scripts/find-program.mjs';
import { alerts, root } from './rule-files.ts';

const folder = join(root, 'docs', 'runbooks');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const index = read('docs/runbooks/README.md');
const pages = globSync('*.md', { cwd: folder }).filter((page) => page !== 'README.md');
const settings = read('docs/configuration.md') + read('helm/ropeway/README.md');
const SECTIONS = [
  'What it means',
  'What users see',
  'First look',
  'Likely causes and what to do',
  'How to know it is over',
  'Related',
];
/** Metrics a query may ask for that are not ours. */
const OTHERS = ['up', 'vllm:kv_cache_usage_perc'];
const SETTING = /`((?:auth|bodies|ledger|log|redis|relay|scaler|server|spill|waiting|workers)\.[a-zA-Z.]+)`/g;

it('the index has each alert, its severities and its page, and no other', () => {
  const rows = [...index.matchAll(/^\| `(\w+)` \(([a-z, ]+)\) \| \[.+\]\(([\w-]+\.md)\) \|$/gm)];
  const names = [...new Set(alerts.map(({ alert }) => alert))];
  const wanted = names.map((name) => {
    const own = alerts.filter(({ alert }) => alert === name);
    return [name, own.map(({ severity }) => severity).join(', '), own[0]?.annotations.runbook_url];
  });
  expect(
    rows.map(([, alert, severities, page]) => [alert, severities, `docs/runbooks/${page}`]).toSorted(),
  ).toEqual(wanted.toSorted());
});

it('the index leads to every page', () => {
  for (const page of pages) expect(index).toContain(`](${page})`);
});

describe.each([...new Set(alerts.map(({ annotations }) => annotations.runbook_url ?? ''))])('%s', (path) => {
  const page = read(path);
  const queries = [...page.matchAll(/^```promql\n([\s\S]+?)^```/gm)].flatMap(([, text = '']) =>
    text.trim().split('\n'),
  );

  it('names its alerts first, and goes on as every page does', () => {
    const [, head = '', ...rest] = page.split(/\n\n/);
    const own = alerts.filter(({ annotations }) => annotations.runbook_url === path);
    for (const { alert, severity } of own) {
      expect(head).toContain(`\`${alert}\``);
      expect(head).toContain(`\`${severity}\``);
    }
    expect(rest.filter((line) => line.startsWith('## ')).map((line) => line.slice(3))).toEqual(SECTIONS);
    expect(page).toMatch(/^```sh$/m);
  });

  it('asks Prometheus what it takes, of metrics that exist', () => {
    const names = queries.flatMap(
      (query) => query.match(/\b(?:ropeway|vllm|nodejs|process)[:_][\w:]+|^up\b/g) ?? [],
    );
    expect(names).not.toEqual([]);
    for (const name of names) expect(known).toContain(name);
    expect(problemsOf(queries)).toBe('');
  });

  it('names settings that exist, and pages that are there', () => {
    for (const [, setting = ''] of page.matchAll(SETTING)) expect(settings).toContain(`\`${setting}`);
    for (const [, link = ''] of page.matchAll(/\]\(([^)#]+)\)/g))
      expect([link, existsSync(join(root, dirname(path), link))]).toEqual([link, true]);
  });
});

const known = new Set<string>([
  ...OTHERS,
  ...Object.values(METRICS).flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
  ),
]);

/** What promtool says of queries that are no PromQL. */
function problemsOf(queries: readonly string[]): string {
  const temporary = mkdtempSync(join(tmpdir(), 'ropeway-runbook-'));
  try {
    const file = join(temporary, 'queries.yaml');
    const rules = queries.map((expr, at) => ({ record: `query:${at}`, expr }));
    writeFileSync(file, stringify({ groups: [{ name: 'queries', rules }] }));
    const { status, stdout, stderr } = spawnSync(needProgram('promtool'), ['check', 'rules', file], {
      encoding: 'utf8',
    });
    return status === 0 ? '' : stdout + stderr;
  } finally {
    rmSync(temporary, { recursive: true });
  }
}
