import { afterEach, expect, it } from '@jest/globals';
import { createLogger } from '#telemetry';
import { serveUntilSignal } from './serve-until-signal.ts';

const logger = createLogger({ level: 'silent' }).logger;
let nowMs = 0;
let closed = 0;

afterEach(() => {
  process.removeAllListeners('SIGINT').removeAllListeners('SIGTERM');
  closed = 0;
});

function drainsFor(drained: Promise<boolean>): Promise<number> {
  const gateway = {
    ports: { lifecycle: { running: 1 } } as never,
    drain: () => drained,
    close: async () => {
      closed += 1;
    },
  };
  return serveUntilSignal(
    gateway,
    logger,
    () => {},
    () => nowMs,
  );
}

it('takes one Ctrl-C for one, though terminal and launcher both send it: running answers finish', async () => {
  const drained = Promise.withResolvers<boolean>();
  const code = drainsFor(drained.promise);
  process.emit('SIGINT', 'SIGINT');
  nowMs += 3;
  process.emit('SIGINT', 'SIGINT');
  expect(closed).toBe(0);
  drained.resolve(true);
  expect(await code).toBe(0);
});

it('ends at once when somebody asks again', async () => {
  const code = drainsFor(new Promise(() => {}));
  process.emit('SIGTERM', 'SIGTERM');
  nowMs += 1_000;
  process.emit('SIGTERM', 'SIGTERM');
  expect(await code).toBe(1);
  expect(closed).toBe(1);
});
