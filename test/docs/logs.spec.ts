// docs/logs.md names the fields a request's line has, and no others.
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { createLogger, newRequestRecord, Telemetry } from '#telemetry';

it('names every field of the line of a request', () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', destination: { write: (line) => void lines.push(line) } });
  const telemetry = new Telemetry({ log, version: '0.0.0' });
  const record = newRequestRecord('r', 'chat', 0);
  for (const [field, value] of Object.entries(record)) {
    // All that is not known yet becomes known; which word or number it is does not matter here.
    if (value === null)
      Object.assign(record, { [field]: /tokens|budget$|Ms$|headroom/i.test(field) ? 1 : 'x' });
  }
  Object.assign(record, { outcome: 'failed', spilled: true, isCold: true, gaveUp: null });
  record.trace = { traceId: 'x', startAttempt: () => ({}), endAttempt: () => {}, end: () => {} };
  telemetry.record(record);
  telemetry.close();
  const [line = '{}'] = lines;
  const written = Object.keys(JSON.parse(line)).filter((field) => !['level', 'time', 'msg'].includes(field));
  const table = readFileSync('docs/logs.md', 'utf8').match(/^\| `[^|]+\|/gm) ?? [];
  const described = table.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, field]) => field));
  expect(described.toSorted()).toEqual(written.toSorted());
});

it('and docs/explain.md every word for why a pool was not taken', async () => {
  const { WHY_NOT } = await import('#routing');
  const rows = readFileSync('docs/explain.md', 'utf8').match(/^\| `[^`]+`/gm) ?? [];
  expect(rows.map((row) => row.slice(3, -1)).toSorted()).toEqual([...WHY_NOT].toSorted());
});
