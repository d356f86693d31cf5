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
const SHOWN = 12;

interface JestResult {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
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

async function runSuite({ recorded, url, tests, signal }: SuiteRun): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'ropeway-contract-'));
  const output = join(folder, 'result.json');
  const progress = new Progress(`contract suite, recorded server ${recorded}`);
  try {
    const child = spawn(process.execPath, [...JEST, tests, '--json', '--outputFile', output], {
      cwd: root,
      signal,
      stdio: 'ignore',
      env: { ...process.env, VLLM_URL: url, VLLM_RECORDED: recorded },
    });
    await once(child, 'exit');
    const result: JestResult = JSON.parse(readFileSync(output, 'utf8'));
    const different = failures(result);
    const varying = different.filter((title) => whyItVaries(recorded, nameIn(title)) !== null);
    const failed = different.filter((title) => !varying.includes(title));
    const same = `${result.numPassedTests} the same, ${varying.length} that vary by nature`;
    assert.equal(failed.length, 0, `${failed.length} differ, ${same}:\n${list(failed)}`);
    return same;
  } finally {
    progress.clear();
    rmSync(folder, { recursive: true, force: true });
  }
}

const JEST = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  'node_modules/jest/bin/jest.js',
];

function failures({ testResults }: JestResult): readonly string[] {
  return testResults.flatMap(({ assertionResults, message }) => {
    // A file that cannot even be loaded has no tests.
    if (assertionResults.length === 0) return [message.slice(0, 500)];
    return assertionResults.filter(({ status }) => status === 'failed').map(({ title }) => title);
  });
}

/** `x is answered as recorded`: the name of the recording stands first. */
function nameIn(title: string): string {
  return title.slice(0, title.indexOf(' '));
}

function list(names: readonly string[]): string {
  const more = names.length > SHOWN ? `\n… and ${names.length - SHOWN} more` : '';
  return `${names.slice(0, SHOWN).join('\n')}${more}`;
}
