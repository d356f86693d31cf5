// `npm run observe` on a running `npm run up`, as a person uses it.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../servers/free-port.ts';
import { PrometheusClient } from '../servers/prometheus-client.ts';
import { type Standalone, startStandalone } from '../servers/start-standalone.ts';
import { eventually, within } from './harness/eventually.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'scripts', 'observe', 'main.ts');
const STARTED_MS = 60_000;

interface Seen {
  readonly url: string;
  readonly metrics: string;
  readonly workers: number;
  readonly queries: readonly { readonly title: string; readonly expression: string }[];
}

class Observer {
  stdout = '';
  stderr = '';
  readonly exit: Promise<number | string>;
  readonly #child: ChildProcess;

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const { NODE_OPTIONS: _flags, ...own } = process.env;
    this.#child = spawn(process.execPath, [MAIN, '--state', folder, ...args], { env: { ...own, ...env } });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.exit = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
    });
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }
}

const folder = mkdtempSync(join(tmpdir(), 'ropeway-observe-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('npm run observe, beside npm run up', () => {
  let standalone: Standalone;
  let observer: Observer;
  let seen: Seen;
  let client: PrometheusClient;
  let port: number;

  beforeAll(async () => {
    standalone = await startStandalone();
    port = await freePort();
    observer = new Observer(['--json', '--port', `${port}`, '--ops-url', standalone.opsUrl]);
    await eventually('it says what to open', () => observer.stdout.endsWith('}\n'), STARTED_MS);
    seen = JSON.parse(observer.stdout);
    client = new PrometheusClient(seen.url);
  }, 2 * STARTED_MS);
  afterAll(async () => {
    observer?.interrupt();
    await observer?.exit;
    await standalone?.stop();
  });

  it('finds the workers of the gateway, each with its pool', async () => {
    expect(seen.workers).toBe(4);
    const isUp = async () => {
      const targets = await client.targets();
      return targets.length === 5 && targets.every(({ health }) => health === 'up');
    };
    await eventually('all five are scraped', isUp, STARTED_MS);
    const pools = (await client.targets()).map(({ labels }) => labels.pool ?? 'gateway');
    expect(pools.toSorted()).toEqual(['default', 'default', 'gateway', 'yarn-2', 'yarn-4']);
  });

  it('has answers for each of the queries it names', async () => {
    for (const { title, expression } of seen.queries) {
      const hasAnswer = async () =>
        (await client.query(expression)).some(({ value }) => !Number.isNaN(value));
      await eventually(title, hasAnswer, STARTED_MS);
    }
  });

  it('has the rules loaded', async () => {
    const names = (await client.rules()).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['ropeway:availability_error:ratio_rate5m', 'RopewayWorkerQuarantined']),
    );
  });

  it('says when its port is taken, and how to choose another', async () => {
    const second = new Observer(['--port', `${port}`, '--ops-url', standalone.opsUrl]);
    expect(await second.exit).toBe(1);
    expect(second.stderr).toBe(
      `ropeway: port ${port} on 127.0.0.1 is in use: stop what listens there, or choose another with --port\n`,
    );
  });

  it('ends with Ctrl-C, pressed twice, and with it Prometheus', async () => {
    observer.interrupt();
    observer.interrupt();
    expect(await within('its end', observer.exit, STARTED_MS)).toBe(0);
    expect(observer.stderr).toBe('');
    await expect(fetch(`${seen.url}/-/ready`)).rejects.toThrow('fetch failed');
  });
});

it('leaves no Prometheus behind when it is ended before that one answers', async () => {
  const gateway = createServer((_, response) => response.end('ropeway_worker_state 1\n'));
  await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
  const { port } = gateway.address() as AddressInfo;
  const programs = mkdtempSync(join(tmpdir(), 'ropeway-slow-prometheus-'));
  const slow = `#!/bin/sh\ncd '${programs}' && echo $$ > new && mv new pid\nexec sleep 600\n`;
  writeFileSync(join(programs, 'prometheus'), slow, { mode: 0o755 });
  const args = ['--port', `${await freePort()}`, '--ops-url', `http://127.0.0.1:${port}`];
  const observer = new Observer(args, { PATH: `${programs}:${process.env.PATH}` });
  await eventually('it has been started', () => existsSync(join(programs, 'pid')), STARTED_MS);
  const pid = Number(readFileSync(join(programs, 'pid'), 'utf8'));
  observer.interrupt();
  expect(await within('its end', observer.exit, STARTED_MS)).toBe(0);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  gateway.close();
  rmSync(programs, { recursive: true });
});

describe('npm run observe, where something is missing, says in one line what to do', () => {
  it('when nothing answers', async () => {
    const observer = new Observer(['--ops-url', `http://127.0.0.1:${await freePort()}`]);
    expect(await observer.exit).toBe(1);
    expect(observer.stderr).toMatch(/^ropeway: nothing answers at .*\/metrics: start `npm run up` .*\n$/);
  });

  it('when something else answers', async () => {
    const other = createServer((_, response) => response.end('up 1\n'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const observer = new Observer(['--ops-url', `http://127.0.0.1:${port}`]);
    expect(await observer.exit).toBe(1);
    expect(observer.stderr).toMatch(
      /^ropeway: what answers at .* is no gateway of Ropeway: .*--ops-url.*\n$/,
    );
    other.close();
  });

  it('when called wrongly', async () => {
    const observer = new Observer(['--port', 'nine']);
    expect(await observer.exit).toBe(1);
    expect(observer.stderr).toContain('a port is a number from 1 to 65535.');
  });

  it('and --help names every option', async () => {
    const observer = new Observer(['--help']);
    expect(await observer.exit).toBe(0);
    for (const option of ['--port', '--ops-url', '--state', '--json'])
      expect(observer.stdout).toContain(option);
  });
});
