// A process of the bench: started at its place, its output in a file, ended with the section that started it.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Place, pinned } from './pins.ts';

export interface Child {
  readonly pid: number;
  stop(): Promise<void>;
}

interface ChildTerms {
  readonly place: Place;
  readonly command: string;
  readonly args: readonly string[];
  /** Takes standard output and standard error. */
  readonly logFile: string;
  /** Asked every 20 ms until it says true. */
  readonly isUp: () => Promise<boolean>;
}

/** A gateway that is asked to stop may wait for its drain; nothing runs any more, so this long is generous. */
const STOP_MS = 10_000;
const START_MS = 60_000;
const LOOK_EVERY_MS = 20;

/** An interrupted bench leaves no process behind. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

export async function startChild({ place, command, args, logFile, isUp }: ChildTerms): Promise<Child> {
  const log = openSync(logFile, 'w');
  const [file, pinnedArgs] = pinned(place, command, args);
  const started = spawn(file, pinnedArgs, { stdio: ['ignore', log, log] });
  closeSync(log);
  running.add(started);
  started.once('exit', () => running.delete(started));
  const child = { pid: await pidOf(started, command), stop: () => stop(started) };
  const deadlineMs = performance.now() + START_MS;
  while (!(await isUp())) {
    if (started.exitCode !== null || performance.now() > deadlineMs) {
      await child.stop();
      throw new Error(
        `${command} ${args.join(' ')} did not start:\n${readFileSync(logFile, 'utf8').slice(-2_000)}`,
      );
    }
    await sleep(LOOK_EVERY_MS);
  }
  return child;
}

/** A port nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function pidOf(child: ChildProcess, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () =>
      child.pid === undefined ? reject(new Error(`${command} has no process id`)) : resolve(child.pid),
    );
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}
