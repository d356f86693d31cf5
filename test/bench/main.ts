// `npm run bench`: every number Ropeway promises, measured beside its bases in one run. Prints one table and JSON. A missed
// target is a NO in the table, not a failure: exit code 1 means that something did not run. Read docs/benchmarks.md first.
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { readBenchOptions } from './bench-options.ts';
import { isPinned } from './load/pins.ts';
import { printTable } from './report/print-table.ts';
import type { TargetRow } from './report/target-row.ts';
import { buildSections } from './sections.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);
const options = readBenchOptions(process.argv);
const machine = {
  date: new Date().toISOString(),
  node: process.version,
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  pinned: isPinned,
  load_before: loadavg()[0] ?? 0,
};
if (!isPinned) say('one core, or no taskset: proxy and load share cores; ratios say little');

const sections = buildSections(options, say);
const results: Record<string, object> = {};
const rows: TargetRow[] = [];
const failures: string[] = [];
for (const name of options.only) {
  process.stderr.write(`${name} …\n`);
  try {
    const measured = await sections[name]();
    if (measured === null) continue;
    results[name] = measured.result;
    rows.push(...measured.rows);
  } catch (error) {
    failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const loadAfter = loadavg()[0] ?? 0;
const title = `${machine.cores} x ${machine.cpu}, Node ${process.version}, ${machine.date.slice(0, 16)}Z`;
printTable(title, rows, say);
say(`load of the machine: ${machine.load_before.toFixed(1)} before, ${loadAfter.toFixed(1)} after`);
for (const failure of failures) say(`did not run: ${failure}`);
const whole = { machine: { ...machine, load_after: loadAfter }, rows, results, failures };
if (options.json === undefined) say(JSON.stringify(whole));
else writeFileSync(options.json, `${JSON.stringify(whole, null, 2)}\n`);
if (failures.length > 0) process.exitCode = 1;
