// `npm run bench:placement [-- --json]`: replays public traces through Ropeway's own routing core in virtual time,
// beside the policies it is held against, and fails (exit code 1) when a bar is missed. Deterministic but for the two
// real times at the end.
import { type ComparedRow, compare } from './compare.ts';
import { measureRouteSpeed, type RouteSpeed } from './route-speed.ts';
import { SLICES, type Slice } from './slices.ts';

const compared = SLICES.map((slice) => ({ slice, rows: compare(slice) }));
const speed = measureRouteSpeed();
const missed = compared.flatMap(({ slice, rows }) =>
  rows.flatMap((row) => row.missed.map((what) => `${slice.name}: ${row.policy}: ${what}`)),
);

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ slices: compared, speed, missed }, null, 2));
} else {
  for (const { slice, rows } of compared) printSlice(slice, rows);
  printSpeed(speed);
  console.log(missed.length === 0 ? 'All bars cleared.' : `Bars missed:\n${missed.join('\n')}`);
}
process.exitCode = missed.length === 0 ? 0 : 1;

function printSlice({ name, compression, bars }: Slice, rows: readonly ComparedRow[]): void {
  console.log(`\n${name} (arrivals x${compression}, 8 workers; time to first token in seconds)`);
  printRow(['policy', 'mean', 'p50', 'p90', 'p99', 'in goal %', 'prefix hit %', 'parked']);
  for (const { policy, score, parked } of rows) {
    printRow([
      policy,
      score.meanS.toFixed(2),
      score.p50S.toFixed(2),
      score.p90S.toFixed(1),
      score.p99S.toFixed(1),
      score.goalPercent.toFixed(1),
      score.hitPercent.toFixed(1),
      String(parked),
    ]);
  }
  if (bars) {
    const { meanS, p99S, goalPercent, hitPercent } = bars;
    printRow(['bar', `<= ${meanS}`, '', '', `<= ${p99S}`, `>= ${goalPercent}`, `>= ${hitPercent}`, '']);
  }
}

function printRow([policy = '', ...figures]: readonly string[]): void {
  console.log(policy.padEnd(32) + figures.map((figure) => figure.padStart(13)).join(''));
}

function printSpeed({ workers, chunks, chooseRouteUs, prefixChainMs }: RouteSpeed): void {
  console.log(
    `\nOne decision over ${workers} workers with a chain of ${chunks} chunks: ${chooseRouteUs.toFixed(1)} us; ` +
      `hashing 600 KB: ${prefixChainMs.toFixed(2)} ms`,
  );
}
