// `npm run bench -- [options]`.
import { Command, InvalidArgumentError } from 'commander';

const SECTIONS = [
  'plain',
  'streams',
  'everything',
  'admission',
  'keys',
  'intents',
  'history',
  'exact',
  'tokenizer',
  'placement',
  'telemetry',
  'traces',
  'discovery',
  'relay',
] as const;

export type SectionName = (typeof SECTIONS)[number];

export interface BenchOptions {
  readonly only: readonly SectionName[];
  readonly quick: boolean;
  readonly peers: boolean;
  /** File for the whole result; without it the last line printed. */
  readonly json?: string;
}

export function readBenchOptions(argv: readonly string[]): BenchOptions {
  return new Command('npm run bench --')
    .description('Measures Ropeway beside its bases in one run (docs/benchmarks.md).')
    .option('--only <sections>', `some of ${SECTIONS.join(',')}`, parseSections, SECTIONS)
    .option('--quick', 'one short round each: does it run, and about where is it', false)
    .option('--peers', 'take SMG beside us, where a Python on PATH has it (pip install smg)', false)
    .option('--json <file>', 'write the whole result there instead of printing it as the last line')
    .parse(argv)
    .opts<BenchOptions>();
}

function parseSections(list: string): readonly SectionName[] {
  return list.split(',').map((name) => {
    const section = SECTIONS.find((known) => known === name.trim());
    if (section === undefined) throw new InvalidArgumentError(`sections are ${SECTIONS.join(', ')}.`);
    return section;
  });
}
