// One vLLM server as a process of its own, on a free port of this machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SetUpError } from '../set-up-error.ts';
import type { VllmInstall } from './install-vllm.ts';

export interface VllmTerms {
  readonly name: string;
  readonly windowTokens: number;
  /** Further flags: the pool's rope. */
  readonly flags: readonly string[];
}

export interface VllmServer {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly log: string;
  /** Resolves when /health is 200; rejects with SetUpError and the end of its log when the process ended before. */
  ready(signal: AbortSignal): Promise<void>;
  /** SIGTERM, as Kubernetes sends it. */
  terminate(): void;
  /** Ends it, whatever it does; resolves when it is gone. */
  stop(): Promise<void>;
  /** The same without waiting. */
  kill(): void;
}

/** Ready after 23 to 40 s on one core; a machine that is busy may take a few times that. */
const READY_MS = 300_000;
/** An idle vLLM ends 7 s after SIGTERM; one with requests may never. */
const STOP_MS = 15_000;
const LOG_LINES = 12;

export async function startVllm(
  install: VllmInstall,
  model: string,
  terms: VllmTerms,
  port?: number,
): Promise<VllmServer> {
  const taken = port ?? (await freePort());
  const log = join(makeFolder(install.folder, 'logs'), `${terms.name}.log`);
  const output = openSync(log, 'w');
  // A process group of its own: Ctrl-C reaches this process alone, and the engine, a child of the server, ends with it.
  const child = spawn(install.vllm, args(model, terms, taken), {
    detached: true,
    stdio: ['ignore', output, output],
    env: environment(install),
  });
  closeSync(output);
  child.unref();
  const exited = once(child, 'exit');
  exited.catch(() => undefined);
  const { pid } = child;
  if (pid === undefined) throw new SetUpError(`${install.vllm} cannot be started`);
  const isOver = () => child.exitCode !== null || child.signalCode !== null;
  const url = `http://127.0.0.1:${taken}`;
  const kill = (): void => signalGroup(pid, 'SIGKILL');
  return {
    name: terms.name,
    url,
    pid,
    log,
    kill,
    ready: async (signal) => {
      const deadline = performance.now() + READY_MS;
      while (!(await isHealthy(url))) {
        signal.throwIfAborted();
        if (isOver()) throw new SetUpError(`vLLM (${terms.name}) ended while it started:\n${tail(log)}`);
        if (performance.now() > deadline) {
          throw new SetUpError(`vLLM (${terms.name}) is not ready after ${READY_MS / 1000} s:\n${tail(log)}`);
        }
        await sleep(250);
      }
    },
    terminate: () => void process.kill(pid, 'SIGTERM'),
    stop: async () => {
      // Now it is waited for, and may be all that this process still waits for.
      child.ref();
      if (!isOver()) process.kill(pid, 'SIGTERM');
      const late = sleep(STOP_MS, undefined, { ref: false });
      if (!isOver()) await Promise.race([exited, late]);
      kill();
      if (!isOver()) await exited;
    },
  };
}

/** The flags of the recorded servers a and b (test/fixtures/vllm-golden), and the rope's own. */
function args(model: string, { windowTokens, flags }: VllmTerms, port: number): readonly string[] {
  return [
    ...['serve', model, '--host', '127.0.0.1', '--port', String(port)],
    ...['--served-model-name', 'QwQ-32B', '--max-model-len', String(windowTokens), ...flags],
    ...['--reasoning-parser', 'deepseek_r1', '--enable-auto-tool-choice', '--tool-call-parser', 'hermes'],
    ...['--enable-prompt-tokens-details', '--max-num-seqs', '8', '--enforce-eager'],
  ];
}

function environment({ folder }: VllmInstall): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HF_HUB_OFFLINE: '1',
    VLLM_NO_USAGE_STATS: '1',
    HF_HOME: makeFolder(folder, 'hf'),
    TMPDIR: makeFolder(folder, 'tmp'),
    VLLM_CACHE_ROOT: makeFolder(folder, 'cache'),
    // GiB: 2,097,152 tokens of this tiny model, sixteen windows of the long pool.
    VLLM_CPU_KVCACHE_SPACE: '1',
    // One core a server, any: bound to cores, both would take the same one.
    VLLM_CPU_OMP_THREADS_BIND: 'nobind',
    OMP_NUM_THREADS: '1',
  };
}

function makeFolder(...parts: readonly string[]): string {
  const folder = join(...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) })).ok;
  } catch {
    return false;
  }
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // It has ended already, and its children with it.
  }
}

function tail(file: string): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-LOG_LINES).join('\n');
}
