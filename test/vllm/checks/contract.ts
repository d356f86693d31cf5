// The suite that holds the simulator to its recordings, held against the real thing: what fails here means that the
// recordings are not what vLLM does, or that the suite compares what differs from run to run.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Progress } from '../progress.ts';
import type { Report } from '../report.ts';
import type { RealServers } from '../servers/open-servers.ts';
import { whyItVaries } from './varying-answers.ts';

const root = join(import.meta.dirname, '../../..');
const SHOWN = 6;
const SHOWN_LINES = 6;
const SHOWN_COLUMNS = 160;

interface JestResult {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly Asserted[];
  }[];
}

interface Asserted {
  readonly status: string;
  readonly title: string;
  readonly failureMessages: readonly string[];
}

interface Difference {
  /** Of the recording. */
  readonly name: string;
  /** What differs, in a few lines. */
  readonly how: string;
}

/** Servers a and d were recorded with the flags of the default pool here, b with those of the YaRN pool. */
export async function checkContract(
  report: Report,
  servers: RealServers,
  signal: AbortSignal,
): Promise<void> {
  report.section('Contract: the recorded answers of test/fixtures/vllm-golden, asked again');
  const run = (recorded: string, url: string, tests: string) =>
    report.check(`recorded server ${recorded}: answers as it did`, () =>
      runSuite({ recorded, url, tests, signal }),
    );
  await run('a', servers.default.url, 'test/contract');
  // The rest of the suite (chats, metrics) was recorded on a alone.
  await run('d', servers.default.url, 'test/contract/vllm/golden');
  if (servers.yarn !== null) await run('b', servers.yarn.url, 'test/contract/vllm/golden');
  else report.skip('recorded server b', 'VLLM_YARN_URL is not set');
}

interface SuiteRun {
  /** Letter of the recorded server. */
  readonly recorded: string;
  readonly url: string;
  /** Path of the test files. */
  readonly tests: string;
  readonly signal: AbortSignal;
}

/** What differs is asked a second time: on a busy machine vLLM merges the chunks of a stream. */
async function runSuite(run: SuiteRun): Promise<string> {
  const first = await runJest(run, []);
  const found = differences(first);
  const varying = found.filter(({ name }) => whyItVaries(run.recorded, name) !== null);
  const doubtful = found.filter((difference) => !varying.includes(difference));
  const names = new Set(doubtful.map(({ name }) => name));
  const wrong =
    doubtful.length === 0
      ? []
      : differences(await runJest(run, ['-t', [...names].map((name) => ` ${name} `).join('|')]));
  const twice = doubtful.length - wrong.length;
  const same = `${first.numPassedTests + twice} the same${twice === 0 ? '' : ` (${twice} of them when asked again)`}`;
  const all = `${same}, ${varying.length} that vary by nature`;
  assert.equal(wrong.length, 0, `${wrong.length} differ, ${all}:\n${list(wrong)}`);
  return all;
}

async function runJest(
  { recorded, url, tests, signal }: SuiteRun,
  only: readonly string[],
): Promise<JestResult> {
  const folder = mkdtempSync(join(tmpdir(), 'ropeway-contract-'));
  const output = join(folder, 'result.json');
  const progress = new Progress(`contract suite, recorded server ${recorded}`);
  try {
    const child = spawn(process.execPath, [...JEST, tests, ...only, '--json', '--outputFile', output], {
      cwd: root,
      signal,
      stdio: 'ignore',
      env: { ...process.env, VLLM_URL: url, VLLM_RECORDED: recorded },
    });
    await once(child, 'exit');
    return JSON.parse(readFileSync(output, 'utf8'));
  } finally {
    progress.clear();
    rmSync(folder, { recursive: true, force: true });
  }
}

const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
  '--no-color',
];

function differences({ testResults }: JestResult): readonly Difference[] {
  return testResults.flatMap(({ assertionResults, message }) => {
    // A file that cannot even be loaded has no tests.
    if (assertionResults.length === 0) return [{ name: 'the suite itself', how: message.slice(0, 500) }];
    return assertionResults.filter(({ status }) => status === 'failed').map(differenceOf);
  });
}

/** `x is answered as recorded`: the name of the recording stands first. */
function differenceOf({ title, failureMessages }: Asserted): Difference {
  const lines = (failureMessages[0] ?? '').split('\n').filter((line) => /^\s*[-+] {2}/.test(line));
  const how = lines.slice(0, SHOWN_LINES).map((line) => line.slice(0, SHOWN_COLUMNS));
  return { name: title.split(' ', 1)[0] ?? title, how: how.join('\n') };
}

function list(found: readonly Difference[]): string {
  const more = found.length > SHOWN ? `\n… and ${found.length - SHOWN} more` : '';
  const shown = found.slice(0, SHOWN).map(({ name, how }) => `${name}\n${how}`);
  return `${shown.join('\n')}${more}`;
}
