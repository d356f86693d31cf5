// The gateway as an operator runs it: a process of the built program with a configuration file.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeKey, PEPPER } from '../e2e/harness/keys.ts';
import { DEFAULT_WINDOW, type RealServers, YARN_WINDOW } from './servers/open-servers.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/apps/gateway/src/main.js');
/** The first look asks each worker some fifty counts. */
const READY_MS = 60_000;

export interface GatewayTerms {
  /** Members of the model. */
  readonly model?: Readonly<Record<string, unknown>>;
  /** Sections of the configuration. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface GatewayProcess {
  /** Origin of the API. */
  readonly url: string;
  readonly opsUrl: string;
  readonly key: string;
  /** Lines it wrote: one JSON record each. */
  readonly log: readonly string[];
  readiness(): Promise<Readiness>;
  stop(): Promise<void>;
}

interface Readiness {
  readonly status: string;
  readonly workers: {
    readonly total: number;
    readonly ready: number;
    readonly not_ready: readonly { worker: string; pool: string; state: string; reason: string | null }[];
  };
}

/** Resolves once it has looked at its workers; rejects with what it wrote when it does not start. */
export async function startGatewayProcess(
  servers: RealServers,
  terms: GatewayTerms = {},
): Promise<GatewayProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'ropeway-vllm-'));
  const key = makeKey();
  const file = join(folder, 'ropeway.yaml');
  writeFileSync(join(folder, 'pepper'), PEPPER, { mode: 0o600 });
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(settings(servers, key.declaration, terms)));
  const child = spawn(process.execPath, [PROGRAM, '--config', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const log: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => log.push(line));
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const exited = once(child, 'exit');
  const kill = (): void => void child.kill('SIGKILL');
  process.on('exit', kill);
  const stop = async (): Promise<void> => {
    // Nothing here drains: checks read their streams to the end or leave them.
    kill();
    await exited;
    process.off('exit', kill);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { url, ops } = await listening(log, exited);
    const readiness = async () => (await (await fetch(`${ops}/readyz`)).json()) as Readiness;
    await lookedAt(readiness);
    return { url, opsUrl: ops, key: key.text, log, readiness, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function settings(servers: RealServers, key: unknown, terms: GatewayTerms) {
  const pool = (name: string, windowTokens: number, rope: unknown, url: string) => {
    return { name, model: 'qwq-32b', rope, windowTokens, workers: [url] };
  };
  const { yarn } = servers;
  return {
    server: { host: '127.0.0.1', port: 0 },
    ops: { port: 0 },
    log: { level: 'info' },
    // A worker that was ended and started again gets its whole share at once: there is no other in its pool.
    workers: { lookAgainMs: 1_000, warmUpMs: 0 },
    waiting: { maxWaitMs: 2_000 },
    models: [
      {
        id: 'qwq-32b',
        aliases: ['QwQ-32B', 'Qwen/QwQ-32B'],
        profile: 'qwq',
        servedName: 'QwQ-32B',
        ...terms.model,
      },
    ],
    pools: [
      pool('default', DEFAULT_WINDOW, { type: 'default' }, servers.default.url),
      ...(yarn === null ? [] : [pool('yarn-4', YARN_WINDOW, { type: 'yarn', factor: 4 }, yarn.url)]),
    ],
    keys: [key],
    peppers: [{ version: 1, file: 'pepper' }],
    ...terms.settings,
  };
}

async function listening(
  log: readonly string[],
  exited: Promise<unknown>,
): Promise<{ url: string; ops: string }> {
  let isOver = false;
  exited.then(() => {
    isOver = true;
  });
  for (;;) {
    const line = log.find((each) => each.includes('"msg":"listening"'));
    if (line !== undefined) return JSON.parse(line);
    if (isOver) throw new Error(`the gateway did not start:\n${log.join('\n')}`);
    await sleep(50);
  }
}

async function lookedAt(readiness: () => Promise<Readiness>): Promise<void> {
  const deadline = performance.now() + READY_MS;
  while ((await readiness()).status !== 'ready') {
    if (performance.now() > deadline) throw new Error('the gateway has not looked at its workers');
    await sleep(100);
  }
}
