import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ran } from '../testing/test-terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'ropeway-completion-'));
const script = join(folder, 'ropeway.bash');
beforeAll(async () => writeFileSync(script, (await ran(['completion', 'bash'])).out));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a real bash offers for these words, the last of which is being typed. */
function completed(...words: string[]): readonly string[] {
  const ask = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ropeway; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const out = execFileSync('bash', ['--norc', '-c', ask, 'bash', script, 'ropeway', ...words], {
    encoding: 'utf8',
  });
  return out.split('\n').filter((line) => line !== '');
}

describe('completion of bash', () => {
  it('is a script bash can read', () => {
    expect(spawnSync('bash', ['-n', script], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  it('offers the commands', () => {
    expect(completed('te')).toEqual(['tenant']);
    expect(completed('key', '')).toEqual(
      expect.arrayContaining(['create', 'list', 'show', 'rotate', 'revoke', 'new', '--help']),
    );
  });

  it('offers the options of the command, after arguments and other options too', () => {
    expect(completed('key', 'create', '--ten')).toEqual(['--tenant']);
    expect(completed('tenant', 'update', 'acme', '--time-z')).toEqual(['--time-zone']);
    expect(completed('tenant', '--json', 'list', '--pl')).toEqual(['--plan']);
  });

  it('offers what an option or an argument may be', () => {
    expect(completed('key', 'create', '--environment', '')).toEqual(['live', 'test']);
    expect(completed('completion', 'z')).toEqual(['zsh']);
  });

  it('leaves files to bash', () => {
    expect(completed('apply', '-f', 'ten')).toEqual([]);
    expect(completed('apply', '--file', 'ten')).toEqual([]);
  });

  it('does not take a value for a command', () => {
    expect(completed('tenant', 'list', '--plan', 'show', '--js')).toEqual(['--json']);
    expect(completed('tenant', 'show', 'list', '--pl')).toEqual([]);
  });
});

const hasFish = spawnSync('fish', ['--version']).error === undefined;

(hasFish ? describe : describe.skip)('completion of fish, where it is installed', () => {
  const fishScript = join(folder, 'ropeway.fish');
  beforeAll(async () => writeFileSync(fishScript, (await ran(['completion', 'fish'])).out));

  /** What a real fish offers behind this line. */
  const offered = (line: string): readonly string[] => {
    const ask = 'source $argv[1]; complete -C $argv[2]';
    const out = execFileSync('fish', ['--no-config', '-c', ask, fishScript, `ropeway ${line}`], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: folder },
    });
    return out.split('\n').flatMap((each) => each.split('\t', 1)[0] || []);
  };

  it('offers the commands, and those of a group', () => {
    expect(offered('te')).toEqual(['tenant']);
    expect(offered('key ').toSorted()).toEqual(
      ['create', 'list', 'show', 'update', 'rotate', 'revoke', 'new'].toSorted(),
    );
  });

  it.each([
    'key create ',
    'key show Xq3LfT0bZ7Rw ',
    'tenant list ',
    'tenant update acme ',
    'tenant --json list ',
    'limits acme ',
    'usage ',
    'completion fish bash ',
  ])('offers no command behind one that is whole: %s', (line) => {
    const words = ['create', 'list', 'show', 'update', 'new', 'suspend', 'tenant', 'key', 'usage', 'check'];
    expect(offered(line).filter((word) => words.includes(word))).toEqual([]);
  });

  it('offers files to a command that takes one, and no command', () => {
    expect(offered('config check ')).not.toContain('check');
    expect(offered(`config check ${folder}/ropeway.f`)).toEqual([fishScript]);
    expect(offered(`apply -f ${folder}/ropeway.f`)).toEqual([fishScript]);
  });

  it('offers the options of the command, after arguments and other options too', () => {
    expect(offered('key create --ten')).toEqual(['--tenant']);
    expect(offered('tenant update acme --time-z')).toEqual(['--time-zone']);
    expect(offered('tenant --json list --pl')).toEqual(['--plan']);
    expect(offered('limits acme --ke')).toEqual(['--key']);
    expect(offered('tenant list --time-z')).toEqual([]);
  });

  it('offers what an option or an argument may be', () => {
    expect(offered('key create --environment ').toSorted()).toEqual(['live', 'test']);
    expect(offered('completion z')).toEqual(['zsh']);
  });

  it('does not take a value for a command', () => {
    expect(offered('tenant list --plan show --js')).toEqual(['--json']);
    expect(offered('tenant show list --pl')).toEqual([]);
  });
});

describe.each([
  ['zsh', ['-n']],
  ['fish', ['--no-config', '--no-execute']],
])('completion of %s', (shell, checkOnly) => {
  it('names every command and option bash has', async () => {
    const { out } = await ran(['completion', shell]);
    for (const word of ['tenant', 'rotate', 'dry-run', 'budget', 'explain']) expect(out).toContain(word);
  });

  it('is a script the shell can read, where it is installed', async () => {
    const { out } = await ran(['completion', shell]);
    // From a file: fish 3.6 now and then cannot read the socket that is its standard input here.
    const file = join(folder, `ropeway-of.${shell}`);
    writeFileSync(file, out);
    const { error, status, stderr } = spawnSync(shell, [...checkOnly, file], { encoding: 'utf8' });
    if (error !== undefined) return;
    expect([status, stderr]).toEqual([0, '']);
  });
});
